"""Certificates: made, loaded, checked, served, rotated and written.

Pure, with bytes and the time as arguments: `pem`, `keys` and `subject_names` read and write the
parts, `keypair` joins a certificate with its key and checks them, `authority` makes a CA and issues
serving leaves, `bundle` says whether CA certificates verify a leaf. Of self-managed certificates,
`rotation_state` has the terms and the reducer, `rotation` the plan, `secret_state` their form in
the Secret and `previous_version` that of the version before. At the edge: `files` and `folder`
touch the disk, `development` keeps a folder of development certificates, `self_managed` does what
is planned with CAs and leaves of `certificate_issuer`, through the protocols of `stores`. What goes
on while a server runs is a `watcher`: `certificate_files`, `rotation_loop`, `live_bundles` and
`client_authorities`; `serving_certificate` is what new connections get.
"""

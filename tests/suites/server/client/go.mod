module leasegate.dev/tests/client

go 1.19

"""Judging manifests and recorded reviews in files, as the server would.

bytes -> `documents` (values and their positions) -> `kinds` (objects) -> `judge` (remarks) -> `run`
-> `report` (findings) -> `text`, `json_report`, `sarif` or `github`.
"""

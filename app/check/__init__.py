"""Judging manifests and recorded reviews in files, as the server would.

bytes -> `stream` (chunks) -> `document` (values and their places) -> `objects` -> `judge` (remarks)
-> `report` (findings) -> `text`, `json_report` or `sarif`.
"""

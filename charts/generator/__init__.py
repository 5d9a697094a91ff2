"""Writes the parts of the chart that follow from something else: `python -m charts.generator`.

The policies and the schema of `config.rules` come from the registry of rules, the matchConditions
from the program, the rest of the schema and the table of values from values.yaml.
"""

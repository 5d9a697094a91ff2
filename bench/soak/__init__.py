"""`make soak`: a server with the chart's memory limit, attacked beside good reviews."""

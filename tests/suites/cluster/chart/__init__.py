"""The chart on a real API server, and its pods as processes: there is no kubelet here."""

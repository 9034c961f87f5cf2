"""Reports for programs: SARIF, JUnit, GitHub annotations, Prometheus."""

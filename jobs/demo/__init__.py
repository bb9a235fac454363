"""The demo: a simulated plant through the whole product."""

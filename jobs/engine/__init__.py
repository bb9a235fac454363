"""The warm engine that many jobs share, as a person or a run of Airflow asks for it."""

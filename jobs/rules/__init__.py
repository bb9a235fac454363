"""Rules over several tables: asked after the tables are built, and what their answers mean for the run."""

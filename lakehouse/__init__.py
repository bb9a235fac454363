"""The lake on its storage: tables, commits, locks, SQL, the engine. All tables are read and written here."""

"""When each job and each DAG last began and last ended, and how: small files in the state folder."""

"""What is kept: tables, migrations, and every SQL statement, one module for each noun."""

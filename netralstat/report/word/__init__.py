"""The report as a Word document that officials edit, and what every writer of such files shares."""

"""The case register in the report: numbers that may be printed, by province and by form beside the survey."""

"""Reports of a result for people: a page to keep, a picture and a summary to post."""

"""All that somebody keeps, as files and JSON that can be read without emo."""

mod properties;
mod transcripts;
mod words;

//! The program as its users see it: files and variables in, text, exit codes and sockets out.

mod program;
mod serving;
mod settings;
mod tokens;

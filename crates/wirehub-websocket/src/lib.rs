//! Sans-IO WebSocket codec.

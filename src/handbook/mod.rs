//! The living handbook: documents written from registry, policies and ledger.

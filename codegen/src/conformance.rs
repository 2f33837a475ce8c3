//! wip
use crate::Error;
/// wip
pub fn suites() -> Result<(), Error> {
    Ok(())
}

//! The course notebook's windows.

/// Characters of a window of the notebook's recipe.
pub const WINDOW: usize = 20;
/// Characters from one window's start to the next's.
pub const WINDOW_STEP: usize = 5;

/// Number of windows of a text: the notebook's `range(0, length - WINDOW, WINDOW_STEP)`.
pub fn windows(characters: usize) -> usize {
    characters.saturating_sub(WINDOW).div_ceil(WINDOW_STEP)
}

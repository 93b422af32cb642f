//! How the screen is divided: shared by the views, which fill it, and by what draws them.

/// From this width on, list and detail stand side by side.
pub const WIDE: u16 = 120;
/// Below this nothing can be shown.
pub const SMALLEST: (u16, u16) = (60, 20);

/// Columns and rows of the parts of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub width: u16,
    pub height: u16,
    pub wide: bool,
    /// Rows between header and footer.
    pub body: u16,
    /// Columns of the left pane, frame included; all of them where the screen is narrow.
    pub left: u16,
}

/// Rows of the header.
pub const HEADER: u16 = 1;

impl Layout {
    /// Divides a terminal.
    pub fn of((width, height): (u16, u16)) -> Self {
        let wide = width >= WIDE;
        Self {
            width,
            height,
            wide,
            body: height.saturating_sub(HEADER + 1),
            left: if wide { width * 55 / 100 } else { width },
        }
    }

    /// Tells whether the terminal is too small.
    pub fn too_small(&self) -> bool {
        self.width < SMALLEST.0 || self.height < SMALLEST.1
    }

    /// Columns inside the left pane.
    pub fn left_inner(&self) -> usize {
        usize::from(self.left.saturating_sub(2))
    }

    /// Columns inside the right pane.
    pub fn right_inner(&self) -> usize {
        usize::from((self.width - self.left).saturating_sub(2))
    }

    /// Rows of a narrow screen's lower pane, frame included.
    pub fn lower(&self, body: u16) -> u16 {
        (body * 2 / 5).max(6).min(body)
    }
}

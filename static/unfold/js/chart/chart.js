// In the place of unfold's own: no page here draws a chart, and Chart.js would cost each of them
// 60 kB. Delete this file to draw one with unfold's chart components.

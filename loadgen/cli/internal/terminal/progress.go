package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// PlainEvery is the time between two progress lines without a terminal and
// without tables.
const PlainEvery = 5 * time.Second

// plainWidth is how long a plain line may be, in columns.
const plainWidth = 80

// Progress shows how a run goes: a live line on a terminal, a plain line every
// few seconds otherwise.
type Progress struct {
	Screen *Screen
	Width  func() int    // columns of its terminal; 0: there is none
	Plain  io.Writer     // where plain lines go, without any live line; nil: to the screen
	Every  time.Duration // between two plain lines

	shown time.Duration // offset of the last plain line
}

// Show shows a snapshot.
func (p *Progress) Show(s *report.Snapshot) {
	out := p.Plain
	if out == nil {
		if width := p.Width(); width > 0 {
			p.Screen.Live(cut(fitting(s, width-1, phaseBar(s)), width-1))
			return
		}
		out = p.Screen
	}
	if s.At >= p.shown+p.Every-time.Second/2 {
		p.shown += p.Every
		_, _ = io.WriteString(out, fitting(s, plainWidth, "")+"\n") // best effort
	}
}

// fitting is the longest form of a snapshot that fits into width columns, or the
// shortest one.
func fitting(s *report.Snapshot, width int, bar string) string {
	clock, users, on := phaseClock(s), say.Count(s.Users), say.Count(s.On)
	figures := fmt.Sprintf("  %s/s  failed %s  p95 %s", say.Number(s.Total.RecentRPS), say.Share(s.Total.FailureShare()), millis(s.Total.Recent.P95))
	long := fmt.Sprintf("%s  users %s (%s on)  requests %s (%s/s)  failures %s (%s)  p50 %s  p95 %s",
		clock, users, on, say.Count(s.Total.Requests), say.Number(s.Total.RecentRPS), say.Count(s.Total.Failures), say.Share(s.Total.FailureShare()),
		millis(s.Total.Recent.P50), millis(s.Total.Recent.P95))
	for _, form := range []string{bar + long, long, clock + "  users " + users + " (" + on + " on)" + figures} {
		if say.Width(form) <= width {
			return form
		}
	}
	return clock + "  users " + users + figures
}

// phaseClock is the phase with the time in it: baseline 0:12/0:30.
func phaseClock(s *report.Snapshot) string {
	text := s.Phase.Name + " " + say.Clock((s.At - s.Phase.Start).Round(time.Second))
	if s.Phase.End > 0 {
		text += "/" + say.Clock(s.Phase.End-s.Phase.Start)
	}
	return text
}

// phaseBar is how much of the phase is over, where it has an end.
func phaseBar(s *report.Snapshot) string {
	if s.Phase.End <= s.Phase.Start {
		return ""
	}
	const width = 20
	share := float64(s.At-s.Phase.Start) / float64(s.Phase.End-s.Phase.Start)
	done := max(0, min(width, int(share*width)))
	return "[" + strings.Repeat("=", done) + strings.Repeat(" ", width-done) + "] "
}

// millis formats a time; a dash without one.
func millis(m report.Millis) string {
	if !m.IsFinite() {
		return "-"
	}
	return say.Number(float64(m)) + " ms"
}

func cut(line string, width int) string {
	if runes := []rune(line); len(runes) > width {
		return string(runes[:max(width, 0)])
	}
	return line
}

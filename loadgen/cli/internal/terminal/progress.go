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

// Progress shows how a run goes: a live line on a terminal, a plain line every
// few seconds otherwise.
type Progress struct {
	screen *Screen
	text   io.Writer     // for plain lines alone; nil is the screen
	width  func() int    // columns of the terminal; 0 if there is none
	every  time.Duration // between two plain lines
	next   time.Duration // offset of the next one
}

// NewProgress returns the progress of one run on screen, whose terminal has width
// columns; 0 is none. Without a terminal a line appears every so often. Where plain
// is not nil, lines go there, and there is no live line.
func NewProgress(screen *Screen, width func() int, plain io.Writer, every time.Duration) *Progress {
	return &Progress{screen: screen, width: width, text: plain, every: every, next: every}
}

// Show shows a snapshot.
func (p *Progress) Show(s *report.Snapshot) {
	if width := p.width(); width > 0 && p.text == nil {
		p.screen.Live(liveLine(s, width-1))
		return
	}
	if s.At >= p.next-time.Second/2 {
		p.next += p.every
		_, _ = io.WriteString(p.plain(), phaseClock(s)+"  "+figures(s)+"\n") // best effort
	}
}

// liveLine is as much as fits into width columns.
func liveLine(s *report.Snapshot, width int) string {
	line := phaseBar(s) + "  " + figures(s)
	if len(line) > width {
		line = phaseClock(s) + "  " + figures(s)
	}
	if len(line) > width {
		line = fmt.Sprintf("%s  users %s (%s on)  %s/s  failed %s  p95 %s",
			phaseClock(s), say.Count(s.Users), say.Count(s.On), say.Number(s.Total.RecentRPS), say.Share(s.Total.FailureShare()), millis(s.Total.Recent.P95))
	}
	return cut(line, width)
}

// phaseClock is the phase with the time in it: baseline 0:12/0:30.
func phaseClock(s *report.Snapshot) string {
	text := s.Phase.Name + " " + say.Clock((s.At - s.Phase.Start).Round(time.Second))
	if s.Phase.End > 0 {
		text += "/" + say.Clock(s.Phase.End-s.Phase.Start)
	}
	return text
}

// phaseBar is the same with a bar before it where the phase has an end.
func phaseBar(s *report.Snapshot) string {
	if s.Phase.End <= s.Phase.Start {
		return phaseClock(s)
	}
	const width = 20
	share := float64(s.At-s.Phase.Start) / float64(s.Phase.End-s.Phase.Start)
	done := max(0, min(width, int(share*width)))
	return "[" + strings.Repeat("=", done) + strings.Repeat(" ", width-done) + "] " + phaseClock(s)
}

// figures are the users, the totals so far and the percentiles of the last
// seconds.
func figures(s *report.Snapshot) string {
	return fmt.Sprintf("users %s (%s on)  requests %s (%s/s)  failures %s (%s)  p50 %s  p95 %s",
		say.Count(s.Users), say.Count(s.On), say.Count(s.Total.Requests), say.Number(s.Total.RecentRPS), say.Count(s.Total.Failures), say.Share(s.Total.FailureShare()),
		millis(s.Total.Recent.P50), millis(s.Total.Recent.P95))
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

func (p *Progress) plain() io.Writer {
	if p.text == nil {
		return p.screen
	}
	return p.text
}

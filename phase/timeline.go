package phase

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/scenario"
)

// Timeline writes the plan as text before it runs: a table of the phases with
// their ramps and predicted loads, then the paces and task mixes in use. A table of
// more than 80 columns leaves out ON, the share of users that are, then IDC. It returns
// the errors of [Schedule.Forecast] and of w.
//
//	PHASE        FROM TO  LOAD              REACHED SETTLED TASKS/S ON   IDC  NOISE
//	baseline     0s   10m 0 → 10 users, 2/s 4.5s    1m4.5s  2.59    50 % 7.33 ±6.9 %
//	intervention 10m  20m 10 users          10m     11m     2.59    50 % 7.33 ±6.9 %
func (s Schedule) Timeline(w io.Writer, d Defaults) error {
	forecasts := make([]Forecast, len(s))
	for i := range s {
		f, err := s.Forecast(i, d)
		if err != nil {
			return err
		}
		forecasts[i] = f
	}
	var out bytes.Buffer
	s.writeTable(&out, forecasts)
	s.writeGroups(&out, forecasts)
	writeLegend(&out, d)
	_, err := w.Write(out.Bytes())
	return err
}

func (s Schedule) writeTable(out io.Writer, forecasts []Forecast) {
	var columns []say.Column
	for _, name := range []string{"PHASE", "FROM", "TO", "LOAD", "REACHED", "SETTLED", "TASKS/S", "ON", "IDC", "NOISE"} {
		columns = append(columns, say.Column{Name: name, Left: true, Spare: map[string]int{"ON": 2, "IDC": 1}[name]})
	}
	table := say.NewTable(columns...)
	for i, p := range s {
		f := forecasts[i]
		table.Row(p.label(), clock(s.Start(i)), clock(s.endOf(i)), s.load(i), s.reached(i), clock(s.Settled(i)),
			say.Setting(f.Rate), say.Share(f.OnShare), say.Setting(f.IDC), noise(f.CountCV))
	}
	fmt.Fprint(out, table.Text(""))
}

// label is the name of the phase with its arm, if it has one.
func (p Phase) label() string {
	if p.Arm == "" {
		return p.Name
	}
	return fmt.Sprintf("%s (%s)", p.Name, p.Arm)
}

// load says what phase i does to the load.
func (s Schedule) load(i int) string {
	p, ramp := s[i], s.Ramp(i)
	if p.Arrivals != nil {
		return p.Arrivals.String()
	}
	switch {
	case ramp.Len() == 0:
		return fmt.Sprintf("%s users", say.Count(p.Users))
	case p.SpawnRate == 0:
		return fmt.Sprintf("%s → %s users at once", say.Count(ramp.From), say.Count(ramp.To))
	}
	return fmt.Sprintf("%s → %s users, %s/s", say.Count(ramp.From), say.Count(ramp.To), say.Setting(p.SpawnRate))
}

// reached says when phase i reaches its level, or how far it gets.
func (s Schedule) reached(i int) string {
	if s.Ramp(i).End() >= s.endOf(i) {
		return fmt.Sprintf("cut at %s", say.Count(s.lastLevel(i)))
	}
	return clock(s.RampEnd(i))
}

// String describes the arrivals in a few words.
func (a Arrivals) String() string {
	rate := say.Setting(a.Rate)
	if a.ramped() {
		rate += " → " + say.Setting(a.RateTo)
	}
	words := []string{rate + "/s", a.Spacing.String()}
	if a.Spacing == Gamma {
		words = append(words, "CV "+say.Setting(a.Burstiness))
	}
	if a.Session {
		words = append(words, "sessions")
	}
	if a.MaxInFlight > 0 {
		words = append(words, fmt.Sprintf("at most %s at once", say.Count(a.MaxInFlight)))
	}
	return strings.Join(words, ", ")
}

// writeGroups writes each pace, mix and note once, with the phases that it
// holds for.
func (s Schedule) writeGroups(out io.Writer, forecasts []Forecast) {
	s.writeGroup(out, "pace", func(i int) string { return forecasts[i].Pace })
	s.writeGroup(out, "tasks", func(i int) string { return mix(forecasts[i].Mix) })
	s.writeGroup(out, "do not run", func(i int) string { return strings.Join(forecasts[i].Idle, ", ") })
	s.writeGroup(out, "note", func(i int) string { return forecasts[i].Note })
	s.writeGroup(out, "replay", func(i int) string {
		if s[i].Replay == 0 {
			return ""
		}
		return fmt.Sprintf("the same user scripts, number %d", s[i].Replay)
	})
}

func (s Schedule) writeGroup(out io.Writer, title string, text func(i int) string) {
	var texts []string
	phases := map[string][]string{}
	for i := range s {
		t := text(i)
		if t == "" {
			continue
		}
		if phases[t] == nil {
			texts = append(texts, t)
		}
		phases[t] = append(phases[t], s[i].Name)
	}
	if len(texts) == 0 {
		return
	}
	fmt.Fprintln(out)
	for _, t := range texts {
		where := strings.Join(phases[t], ", ")
		if len(phases[t]) == len(s) {
			where = "all phases"
		}
		fmt.Fprint(out, say.Wrap("", "  ", fmt.Sprintf("%s (%s): %s", title, where, t)))
	}
}

// mix leaves out the tasks that do not run.
func mix(shares []scenario.Share) string {
	var parts []string
	for _, share := range shares {
		if share.Share > 0 {
			parts = append(parts, share.Name+" "+say.Share(share.Share))
		}
	}
	return strings.Join(parts, ", ")
}

func writeLegend(out *bytes.Buffer, d Defaults) {
	response := "no time"
	if d.Response > 0 {
		response = clock(d.Response)
	}
	dispersion := ""
	if bytes.Contains(out.Bytes(), []byte("IDC")) {
		dispersion = "IDC is variance over mean of the number of tasks in a long window; Poisson has 1. "
	}
	fmt.Fprint(out, "\n"+say.Wrap("", "", "What stands right of SETTLED is predicted for tasks that take "+response+", at the level reached. "+dispersion+
		"NOISE is the standard deviation of the number of tasks in the phase. "+
		"A task's time is the script's own and the target's; response times hold the target's alone."))
}

// clock is an offset; "no end" for the one that never comes.
func clock(d time.Duration) string {
	if d == Forever {
		return "no end"
	}
	return say.Span(d)
}

func noise(cv float64) string {
	if math.IsNaN(cv) || math.IsInf(cv, 0) {
		return say.Number(cv)
	}
	return "±" + say.Percent(cv)
}

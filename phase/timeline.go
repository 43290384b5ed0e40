package phase

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
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
	s.writeTable(&out, forecasts, d)
	if d.Kinds == nil {
		s.writeGroups(&out, forecasts, d)
	} else {
		s.writeKinds(&out, forecasts, d)
	}
	writeLegend(&out, d)
	_, err := w.Write(out.Bytes())
	return err
}

func (s Schedule) writeTable(out io.Writer, forecasts []Forecast, d Defaults) {
	var columns []say.Column
	for _, name := range []string{"PHASE", "FROM", "TO", "LOAD", "REACHED", "SETTLED", "TASKS/S", "ON", "IDC", "NOISE"} {
		columns = append(columns, say.Column{Name: name, Left: true, Spare: map[string]int{"ON": 2, "IDC": 1}[name]})
	}
	table := say.NewTable(columns...)
	for i, p := range s {
		f := forecasts[i]
		reached, settled := s.reached(i, d)
		table.Row(p.label(), clock(s.Start(i)), clock(s.endOf(i)), s.load(i), reached, settled,
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
	p, ramp := s[i], s[i].ramp(s.before(i), s.Start(i))
	switch {
	case p.Arrivals != nil:
		return p.Arrivals.String()
	case p.Stages != nil:
		return p.Stages.short("")
	case ramp.Len() == 0:
		return say.Plural(p.Users, "user")
	case p.SpawnRate == 0:
		return fmt.Sprintf("%s → %s at once", say.Count(ramp.From), say.Plural(ramp.To, "user"))
	}
	return fmt.Sprintf("%s → %s, %s/s", say.Count(ramp.From), say.Plural(ramp.To, "user"), say.Setting(p.SpawnRate))
}

// reached says when phase i reaches its level, or how far it gets, and when it has
// settled.
func (s Schedule) reached(i int, d Defaults) (reached, settled string) {
	reached, settled = clock(s.RampEnd(i)), clock(s.Settled(i))
	if d.Kinds != nil {
		reached, settled = clock(d.Course.Reached[i]), clock(d.Course.Settled[i])
	}
	switch {
	case s.moving(i):
		if s.Moves(i) {
			return "moving", "never"
		}
	case s[i].ramp(s.before(i), s.Start(i)).End() >= s.endOf(i):
		return fmt.Sprintf("cut at %s", say.Count(s.lastLevel(i))), settled
	}
	return reached, settled
}

// highest says what the highest level or rate of stages gives; "" without stages.
func (s Schedule) highest(i int, f Forecast) string {
	switch a := s[i].Arrivals; {
	case a != nil && a.Stages != nil:
		return say.Setting(f.Highest) + " arrivals/s"
	case s[i].Stages == nil:
		return ""
	case math.IsInf(f.Highest, 1):
		return say.Count(s[i].Most()) + " users"
	}
	return fmt.Sprintf("%s, %s tasks/s", say.Plural(s[i].Most(), "user"), say.Setting(f.Highest))
}

// String describes the arrivals in a few words.
func (a Arrivals) String() string {
	rate := say.Setting(a.Rate)
	if a.ramped() {
		rate += " → " + say.Setting(a.RateTo)
	}
	rate += "/s"
	if a.Stages != nil {
		rate = a.Stages.short("/s")
		if a.Rate > 0 {
			rate = "from " + say.Setting(a.Rate) + "/s, " + rate
		}
	}
	words := []string{rate, a.Spacing.String()}
	if a.Spacing == Gamma {
		words = append(words, "CV "+say.Setting(a.Burstiness))
	}
	if a.Session {
		words = append(words, "sessions")
	}
	if a.Apart {
		words = append(words, "each kind apart")
	}
	if a.MaxInFlight > 0 {
		words = append(words, fmt.Sprintf("at most %s at once", say.Count(a.MaxInFlight)))
	}
	return strings.Join(words, ", ")
}

// writeGroups writes each pace, mix and note once, with the phases that it
// holds for.
func (s Schedule) writeGroups(out io.Writer, forecasts []Forecast, d Defaults) {
	s.writeGroup(out, "pace", func(i int) string { return forecasts[i].Pace })
	s.writeGroup(out, "tasks", func(i int) string { return mix(forecasts[i].Mix) })
	s.writeSteps(out, d.Tasks, "", func(i int) []scenario.Share { return forecasts[i].Mix })
	s.writeGroup(out, "do not run", func(i int) string { return strings.Join(forecasts[i].Idle, ", ") })
	s.writeGroup(out, "highest", func(i int) string { return s.highest(i, forecasts[i]) })
	s.writeGroup(out, "work", s.work)
	s.writeGroup(out, "note", func(i int) string { return forecasts[i].Note })
	s.writeGroup(out, "replay", s.replay)
}

// iterations names n tasks and journeys.
func iterations(n int) string {
	if n == 1 {
		return "1 task or journey"
	}
	return say.Count(n) + " tasks and journeys"
}

// work says after how many tasks and journeys phase i has no more work.
func (s Schedule) work(i int) string {
	var parts []string
	if n := s[i].Iterations; n > 0 && s[i].Arrivals != nil {
		parts = append(parts, fmt.Sprintf("ends after %s", say.Plural(n, "arrival")))
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("ends after %s of all users", iterations(n)))
	}
	if n := s[i].UserIterations; n > 0 {
		parts = append(parts, fmt.Sprintf("ends after %s of each user", iterations(n)))
	}
	return strings.Join(parts, ", ")
}

// replay says which scripts the users of phase i have, if they are matched.
func (s Schedule) replay(i int) string {
	if s[i].Replay == 0 {
		return ""
	}
	return fmt.Sprintf("the same user scripts, number %d", s[i].Replay)
}

// writeKinds is writeGroups for several kinds of users.
func (s Schedule) writeKinds(out io.Writer, forecasts []Forecast, d Defaults) {
	s.writeGroup(out, "kinds", func(i int) string {
		var parts []string
		for k, x := range forecasts[i].Kinds {
			if n := d.Kinds[k].Count; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %s fixed", x.Name, say.Count(n)))
			} else {
				parts = append(parts, x.Name+" "+say.Share(x.Share))
			}
		}
		return strings.Join(parts, ", ")
	})
	var made, most []string
	for k, x := range d.Kinds {
		made, most = append(made, say.Count(d.Course.Made[k])+" "+x.Name), append(most, say.Count(d.Course.Most[k])+" "+x.Name)
	}
	if slices.Max(d.Course.Made) > 0 {
		fmt.Fprint(out, say.Wrap("", "  ", "at once at most "+strings.Join(most, ", ")+"; made in all "+strings.Join(made, ", ")))
	}
	var renewed []string
	for _, x := range d.Kinds {
		if x.Renew {
			renewed = append(renewed, x.Name)
		}
	}
	if renewed != nil {
		fmt.Fprint(out, say.Wrap("", "  ", "who leaves for good is followed by a new one: "+strings.Join(renewed, ", ")))
	}
	of := func(what string, text func(KindForecast) string) {
		titles := make([]string, len(d.Kinds))
		for k, x := range d.Kinds {
			titles[k] = what + " " + x.Name
		}
		s.writeGroupsOf(out, titles, func(i, k int) string { return text(forecasts[i].Kinds[k]) })
	}
	of("pace of", func(x KindForecast) string { return x.Pace })
	of("tasks of", func(x KindForecast) string { return mix(x.Mix) })
	for k, x := range d.Kinds {
		s.writeSteps(out, x.Tasks, x.Name+"/", func(i int) []scenario.Share { return forecasts[i].Kinds[k].Mix })
	}
	of("do not run for", func(x KindForecast) string { return strings.Join(x.Idle, ", ") })
	s.writeGroup(out, "highest", func(i int) string { return s.highest(i, forecasts[i]) })
	s.writeGroup(out, "work", s.work)
	of("note on", func(x KindForecast) string { return x.Note })
	s.writeGroup(out, "note", func(i int) string {
		if s[i].Arrivals == nil {
			return "" // it is a kind's
		}
		return forecasts[i].Note
	})
	s.writeGroup(out, "replay", s.replay)
}

// writeSteps writes the steps of the tasks that are journeys.
func (s Schedule) writeSteps(out io.Writer, tasks []scenario.Task, kind string, mix func(i int) []scenario.Share) {
	for k, t := range tasks {
		j, err := scenario.NewJourney(t)
		if err != nil || j == nil {
			continue
		}
		s.writeGroup(out, "steps of "+kind+t.Name, func(i int) string {
			if mix(i)[k].Share == 0 {
				return ""
			}
			return stepsText(t, j)
		})
	}
}

// stepsText are the steps of a journey: in their order, or those of a chain by how often they are expected.
func stepsText(t scenario.Task, j *scenario.Journey) string {
	if t.Next != nil {
		return fmt.Sprintf("%s; %s steps a journey", mix(j.Shares()), say.Number(j.Length()))
	}
	var names []string
	for _, x := range t.Steps {
		names = append(names, x.Name)
	}
	return strings.Join(names, ", then ")
}

func (s Schedule) writeGroup(out io.Writer, title string, text func(i int) string) {
	s.writeGroupsOf(out, []string{title}, func(i, _ int) string { return text(i) })
}

// writeGroupsOf writes several groups as one paragraph.
func (s Schedule) writeGroupsOf(out io.Writer, titles []string, text func(i, k int) string) {
	var lines strings.Builder
	for k, title := range titles {
		var texts []string
		phases := map[string][]string{}
		for i := range s {
			t := text(i, k)
			if t == "" {
				continue
			}
			if phases[t] == nil {
				texts = append(texts, t)
			}
			phases[t] = append(phases[t], s[i].Name)
		}
		for _, t := range texts {
			where := strings.Join(phases[t], ", ")
			if len(phases[t]) == len(s) {
				where = "all phases"
			}
			lines.WriteString(say.Wrap("", "  ", fmt.Sprintf("%s (%s): %s", title, where, t)))
		}
	}
	if lines.Len() > 0 {
		fmt.Fprint(out, "\n", lines.String())
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
		dispersion = "IDC says how bursty the load is: variance over mean of the number of tasks in a long window, 1 for random arrivals (Poisson). "
	}
	mean := ""
	if bytes.Contains(out.Bytes(), []byte("\nhighest (")) {
		mean = ", or for stages, the mean of the phase"
	}
	fmt.Fprint(out, "\n"+say.Wrap("", "", "The columns right of SETTLED are a forecast for tasks that take "+response+", at the level reached"+mean+". "+dispersion+
		"NOISE is how far chance moves the number of tasks in the phase (standard deviation). "+
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

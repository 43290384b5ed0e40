package cli

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
)

// htmlPath is the name of the report's file. Where -u, -r and -t are not given,
// {u} is the highest level of the plan, {r} the spawn rate of its last phase and
// {t} its length in whole seconds, 0 without end.
func (s *session) htmlPath() string {
	schedule, err := s.schedule()
	if err != nil {
		return s.values.html // the error is told elsewhere
	}
	users, rate := 0, schedule[len(schedule)-1].SpawnRate
	for _, p := range schedule {
		users = max(users, p.Users)
	}
	end := schedule.End()
	return strings.NewReplacer(
		"{u}", strconv.Itoa(users), "{r}", strconv.Itoa(int(rate)), "{t}", strconv.Itoa(int(end/time.Second)),
	).Replace(s.values.html)
}

func (s *session) writeHTML(w io.Writer, sum *report.Summary) error {
	o := web.ReportOptions{
		Title: s.title(), Host: s.jobs.ownHost, Script: s.app.Name, Now: time.Now(), Program: s.app.Name + " " + s.app.version(),
		Effect: s.judged(), Streams: sum.Streams, Claims: shown(s.brief.Shown()),
	}
	if s.load != nil {
		run := s.load.view().Run()
		o.Host, o.Events, o.Tasks = run.Host, run.Events, run.Tasks
	}
	return web.WriteReport(w, sum, o)
}

// title names the run where people read it.
func (s *session) title() string {
	if s.values.profile == "" {
		return s.app.Name
	}
	return s.app.Name + " · " + s.values.profile
}

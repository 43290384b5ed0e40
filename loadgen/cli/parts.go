package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/web"
)

// known are the parts of this module. The command knows their names alone, for who
// asks for one that the program leaves out.
var known = []knownPart{
	{name: "datadog", pkg: "loadgen/datadog", call: "datadog.Part(datadog.Config{})", ambient: "DD_"},
	{name: "otel", pkg: "loadgen/otel", call: "otel.Part(otel.Config{})", ambient: "OTEL_", variables: map[string]string{"LOCUST_ENABLE_OPENTELEMETRY": "otel"}},
	{name: "prometheus", pkg: "loadgen/prometheus", call: "prometheus.Part(prometheus.Config{})"},
	{name: "samples", pkg: "loadgen/samples", call: "samples.Part(samples.Config{})"},
	{name: "cluster", pkg: "loadgen/cluster", call: "cluster.Part(cluster.Options{})", first: "master",
		flags: []string{"master", "master-bind-host", "master-bind-port", "expect-workers", "expect-workers-max-wait", "enable-rebalancing",
			"worker", "master-host", "master-port", "processes", "bus", "on-worker-loss", "accept-loss", "orphan", "worker-index", "journal", "max-skew", "report-interval", "allow-other-build", "checkpoint", "resume"},
		variables: map[string]string{
			"LOCUST_MODE_MASTER": "master", "LOCUST_MASTER_BIND_HOST": "master-bind-host", "LOCUST_MASTER_BIND_PORT": "master-bind-port",
			"LOCUST_EXPECT_WORKERS": "expect-workers", "LOCUST_EXPECT_WORKERS_MAX_WAIT": "expect-workers-max-wait", "LOCUST_MODE_WORKER": "worker",
			"LOCUST_MASTER_NODE_HOST": "master-host", "LOCUST_MASTER_NODE_PORT": "master-port", "LOCUST_PROCESSES": "processes",
		}},
}

// knownPart is a part of this module.
type knownPart struct {
	name      string // its flags begin with it, and its variables with LOAD_NAME
	pkg       string
	call      string            // makes the part
	ambient   string            // its variables that are set for other programs too begin with it; "": none
	first     string            // its first flag; "": name
	flags     []string          // that do not begin with its name
	variables map[string]string // Locust's, with their flags
}

// has reports whether a flag is the part's.
func (k *knownPart) has(flag string) bool {
	return flag == k.name || strings.HasPrefix(flag, k.name+"-") || slices.Contains(k.flags, flag)
}

// missing reports whether the program lacks the part.
func (k *knownPart) missing(t *setting.Table) bool { return t.ByKey(cmp.Or(k.first, k.name)) == nil }

// absent says what the program lacks for a flag; "" if nothing that is known.
func (c *config) absent(flag string) string {
	for i := range known {
		if k := &known[i]; k.has(flag) && k.missing(c.table) {
			return fmt.Sprintf("needs the part %s: add %s to App.Parts", k.pkg, k.call)
		}
	}
	return ""
}

// flagOf is the flag that a variable of ours, or of Locust's for a part, goes with; "" for
// others.
func flagOf(variable string) string {
	for i := range known {
		if flag := known[i].variables[variable]; flag != "" {
			return flag
		}
	}
	flag, ours := strings.CutPrefix(variable, "LOAD_")
	if !ours {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(flag), "_", "-")
}

// checkAbsent refuses variables for a part that the program lacks. Empty ones ask for
// nothing.
func (c *config) checkAbsent() error {
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		flag := flagOf(name)
		if flag == "" || input.Trim(c.env[name]) == "" || c.table.ByVariable(name) != nil {
			continue
		}
		if why := c.absent(flag); why != "" {
			return &setting.Error{Where: name + " " + why}
		}
	}
	return nil
}

// ambient are lines for the log about variables of parts that the program lacks.
func (c *config) ambient() (lines []string) {
	for _, k := range known {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(c.env)) {
			if k.ambient != "" && strings.HasPrefix(name, k.ambient) {
				names = append(names, name)
			}
		}
		if k.missing(c.table) && names != nil {
			lines = append(lines, fmt.Sprintf("the program lacks the part %s, so nothing reads %s", k.pkg, strings.Join(names, ", ")))
		}
	}
	return lines
}

// partSections are the options of the parts.
func (app *App) partSections() (sections []setting.Section) {
	for _, p := range app.Parts {
		sections = append(sections, setting.Section{Heading: p.Name, Help: p.Help, Bearing: setting.Aside, Options: p.Options})
	}
	return sections
}

// wanted reports whether a part takes part, and whether it is asked for by name; if that
// alone, then why it does not. args are those of the process: settings may not have
// been readable.
func (c *config) wanted(p *part.Part, args []string) (wanted, asked bool, why string) {
	if len(p.Options) > 0 {
		asked = c.asked(p.Options[0].Flag, args)
	}
	if p.Wanted == nil {
		return asked, asked, ""
	}
	wanted, why = p.Wanted(asked)
	return wanted, asked, why
}

// asked reports whether an option asks for its part.
func (c *config) asked(flag string, args []string) bool {
	o := c.table.ByKey(flag)
	if o == nil {
		return false
	}
	text := cmp.Or(setting.Guess(o.Source(), args, c.env), o.Source().Text())
	if on, err := setting.Bool(text); o.Switch {
		return err == nil && on
	}
	return text != ""
}

// parts are those that take part in this start.
func (s *session) parts() (some []*part.Part) {
	for i := range s.config.app.Parts {
		p := &s.config.app.Parts[i]
		if wanted, _, _ := s.config.wanted(p, s.process.args); wanted {
			some = append(some, p)
		}
	}
	return some
}

// partNames are for Settings.
func (s *session) partNames() (names []string) {
	for _, p := range s.parts() {
		names = append(names, p.Name)
	}
	return names
}

// checkParts refuses what the parts cannot use, all of it at once.
func (s *session) checkParts() error {
	var wrong []string
	for _, p := range s.parts() {
		if p.Check == nil || p.Works != nil { // see checkRoles
			continue
		}
		if err := p.Check(); err != nil {
			wrong = append(wrong, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	if wrong == nil {
		return nil
	}
	return &setting.Error{Where: strings.Join(wrong, "; ")}
}

// idleParts are lines for the log about parts that are asked for and stay off.
func (s *session) idleParts() (lines []string) {
	for i := range s.config.app.Parts {
		p := &s.config.app.Parts[i]
		if wanted, asked, why := s.config.wanted(p, s.process.args); asked && !wanted {
			lines = append(lines, fmt.Sprintf("%s has no effect: %s", s.config.table.ByKey(p.Options[0].Flag).Source().Where(), why))
		}
	}
	return lines
}

// started is a part that runs.
type started struct {
	*part.Part
	part.Running
}

// startParts starts those that are wanted. With an error, those that have started run
// on until stopParts.
func (s *session) startParts(ctx context.Context) error {
	app := s.config.app
	settings, secrets := s.shared()
	works := s.config.worker() != nil
	coordinates := !works && slices.ContainsFunc(s.parts(), func(p *part.Part) bool { return p.Works != nil })
	for _, p := range s.parts() {
		if p.Works != nil && p.Works() {
			continue
		}
		running, err := p.Start(ctx, part.Setup{
			Log: s.log, Program: app.Name, Version: app.programVersion(), Worker: works, Coordinates: coordinates, Headless: works || !s.values.web.wanted(),
			Phases: s.plan.Phases(), Settings: settings, Secrets: secrets,
		})
		if err != nil {
			return err
		}
		s.started = append(s.started, started{p, running})
	}
	return nil
}

// fleet is the part that makes the load in other processes; nil: none does.
func (s *session) fleet() (found *started, err error) {
	for i := range s.started {
		switch p := &s.started[i]; {
		case p.Fleet == nil:
		case found != nil:
			return nil, fmt.Errorf("both %s and %s would make the load", found.Name, p.Name)
		default:
			found = p
		}
	}
	return found, nil
}

// objections are why parts want the program to end with 1.
func (s *session) objections(sum *report.Summary) (lines []string) {
	for _, p := range s.started {
		if p.Judge == nil {
			continue
		}
		if why := p.Judge(sum); why != "" {
			lines = append(lines, why)
		}
	}
	return lines
}

// observer passes on to those of all parts; nil if there are none.
func (s *session) observer() measure.Observer {
	var all []measure.Observer
	for _, p := range s.started {
		all = append(all, p.Observer)
	}
	return measure.Observers(all...)
}

// routes are the addresses that parts serve next to the page.
func (s *session) routes() (all []web.Route) {
	for _, p := range s.started {
		for _, r := range p.Routes {
			all = append(all, web.Route(r))
		}
	}
	return all
}

// losses are a sentence for each part that has lost something so far.
func (s *session) losses() (lines []string) {
	for _, p := range s.started {
		if p.Losses == nil {
			continue
		}
		if lost := p.Losses(); lost != "" {
			lines = append(lines, p.Name+" missed "+lost)
		}
	}
	return lines
}

// reportToParts says to the parts what a run came to.
func (s *session) reportToParts(ctx context.Context, sum *report.Summary, code int) {
	text := fmt.Sprintf("%s\n%s of %s failed, exit code %d", s.brief.Verdict(), say.Count(sum.Total.Failures), say.Plural(sum.Total.Requests, "request"), code)
	for _, r := range claim.Failed(s.brief.Claims) {
		text += fmt.Sprintf("\nclaim %s: %s", r.Outcome, r.Claim)
	}
	for _, p := range s.started {
		if p.Conclude != nil {
			p.Conclude(ctx, part.Conclusion{Summary: sum, Passed: code == exitOK, Text: text})
		}
	}
}

// partLimit is how long the end of a part may take.
const partLimit = 5 * time.Second

// stopParts lets all send what is left, and logs what they have lost.
func (s *session) stopParts() {
	ctx, cancel := context.WithTimeout(context.Background(), partLimit)
	defer cancel()
	ends := make([]chan error, len(s.started))
	for i, p := range s.started {
		ends[i] = make(chan error, 1)
		if p.Stop == nil {
			ends[i] <- nil
			continue
		}
		go func() { ends[i] <- p.Stop(ctx) }()
	}
	for i, p := range s.started {
		var err error
		select {
		case err = <-ends[i]:
		case <-ctx.Done():
			err = errors.New("does not end; not waiting for it any longer")
		}
		if err != nil {
			s.log.Warn(fmt.Sprintf("%s: %v", p.Name, err))
		}
	}
	for _, line := range s.losses() {
		s.log.Warn(line)
	}
}

// jsonLog returns a handler that writes lines of JSON, as the parts have them.
func (app *App) jsonLog(w io.Writer, level slog.Leveler) slog.Handler {
	h := terminal.NewJSONHandler(w, level)
	for _, p := range app.Parts {
		if p.Log != nil {
			h = p.Log(h)
		}
	}
	return h
}

// logRead reports whether a part that takes part reads the log.
func (c *config) logRead(args []string) bool {
	return slices.ContainsFunc(c.app.Parts, func(p part.Part) bool {
		if p.Log == nil {
			return false
		}
		wanted, _, _ := c.wanted(&p, args)
		return wanted
	})
}

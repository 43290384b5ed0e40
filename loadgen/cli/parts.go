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
var known = []struct {
	name    string // its flags begin with it, and its variables with LOAD_NAME
	pkg     string
	call    string // makes the part
	ambient string // its variables that are set for other programs too begin with it; "": none
}{
	{"datadog", "loadgen/datadog", "datadog.Part(datadog.Config{})", "DD_"},
	{"prometheus", "loadgen/prometheus", "prometheus.Part(prometheus.Config{})", ""},
}

// absent says what the program lacks for a flag; "" if nothing that is known.
func (c *config) absent(flag string) string {
	for _, k := range known {
		if (flag == k.name || strings.HasPrefix(flag, k.name+"-")) && c.table.ByKey(k.name) == nil {
			return fmt.Sprintf("needs the part %s: add %s to App.Parts", k.pkg, k.call)
		}
	}
	return ""
}

// checkAbsent refuses variables of ours for a part that the program lacks. Empty ones
// ask for nothing.
func (c *config) checkAbsent() error {
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		flag, ours := strings.CutPrefix(name, "LOAD_")
		if !ours || input.Trim(c.env[name]) == "" || c.table.ByVariable(name) != nil {
			continue
		}
		if why := c.absent(strings.ReplaceAll(strings.ToLower(flag), "_", "-")); why != "" {
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
		if c.table.ByKey(k.name) == nil && names != nil {
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
		if p.Check == nil {
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
	for _, p := range s.parts() {
		running, err := p.Start(ctx, part.Setup{
			Log: s.log, Program: app.Name, Version: app.version(), Headless: !s.values.web.wanted(), Phases: s.plan.Phases(),
		})
		if err != nil {
			return err
		}
		s.started = append(s.started, started{p, running})
	}
	return nil
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
	text := fmt.Sprintf("%s\n%s of %s requests failed, exit code %d", s.brief.Verdict(), say.Count(sum.Total.Failures), say.Count(sum.Total.Requests), code)
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

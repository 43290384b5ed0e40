// Command bench measures Load Generator next to its peers and itself at scale,
// on loopback and on pinned cores, and prints Markdown tables.
//
//	go run .                        the peers, side by side
//	go run . -suite pairs           the same, in short turns, for a busy machine
//	go run . -suite users           10,000 users who think
//	go run . -suite million         1,000,000 ON/OFF users
//	go run . -suite open            1,000 arrivals a second
//	go run . -suite wake            10,000 wake-ups a second
//	go run . -suite scaling         users, cores and operations
//	go run . -suite exporters       what Datadog, OpenTelemetry, Prometheus and files cost
//	go run . -suite profile         where the CPU goes at full speed
//	go run . -suite micro           the module's own benchmarks, by benchstat
//
// With -publish the tables replace those in docs/performance.md. Without it
// nothing is written outside the temporary and the cache directory.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// suite is one kind of measurement. Its run adds tables and notes to the bench.
type suite struct {
	name    string
	seconds int // how long one run is measured, by default
	rounds  int
	run     func(*bench) error
}

var suites = []suite{
	{"peers", 5, 7, onNginx(peers)},
	{"pairs", 1, 60, onNginx(pairs)},
	{"users", 15, 3, onNginx(users)},
	{"million", 60, 1, onNginx(million)},
	{"open", 10, 5, open},
	{"wake", 10, 5, wake},
	{"scaling", 6, 2, scaling},
	{"exporters", 6, 5, onNginx(exporters)},
	{"profile", 15, 1, onNginx(profile)},
	{"micro", 1, 6, micro},
}

func main() {
	var err error
	if len(os.Args) == 3 && os.Args[1] == "work" {
		err = work.Main(os.Args[2], nil)
	} else {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var b bench
	name := flag.String("suite", "peers", "what to measure: "+strings.Join(names(), ", "))
	flag.IntVar(&b.seconds, "seconds", 0, "measured seconds of a run; 0 is the suite's own")
	flag.IntVar(&b.rounds, "rounds", 0, "rounds; 0 is the suite's own")
	flag.IntVar(&b.users, "users", 0, "users, where the suite has a number of them; 0 is the suite's own")
	only := flag.String("only", "", "only contenders whose name matches this regular expression")
	flag.StringVar(&b.targetCore, "target-core", "0", "core of the target")
	flag.StringVar(&b.clientCore, "client-core", "1", "core of the clients")
	flag.StringVar(&b.before, "before", "", "this program built from another commit: in pairs its Load Generator takes turns too, and ours is held against it")
	flag.IntVar(&b.kinds, "kinds", 1, "kinds of users in million, at most 26, each with an equal share")
	flag.StringVar(&b.dir, "keep", "", "directory for profiles; empty is a temporary one, which is removed")
	limit := flag.Duration("limit", 10*time.Minute, "end at the latest after this, with what there is")
	publish := flag.String("publish", "", "Markdown file whose marked section the tables replace")
	flag.Parse()
	i := slices.Index(names(), *name)
	if i < 0 || flag.NArg() > 0 {
		return fmt.Errorf("no suite %q %v; there are %s", *name, flag.Args(), strings.Join(names(), ", "))
	}
	if b.kinds < 1 || b.kinds > 26 {
		return fmt.Errorf("-kinds %d: want 1 to 26", b.kinds)
	}
	var err error
	if b.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	text, err := b.measure(ctx, suites[i])
	if err != nil {
		return err
	}
	fmt.Print(text)
	if *publish == "" {
		return nil
	}
	return page.Publish(*publish, *name, text)
}

func names() (all []string) {
	for _, s := range suites {
		all = append(all, s.name)
	}
	return all
}

// bench is one measurement: its settings and its results.
type bench struct {
	ctx                    context.Context
	seconds, rounds, users int
	kinds                  int
	only                   *regexp.Regexp
	before                 string // another build of this program
	targetCore, clientCore string
	dir                    string // for the target's and other files
	tools                  map[string]rig.Tool
	began                  time.Time

	tables []*page.Table
	notes  []string
}

// measure runs a suite and returns its Markdown.
func (b *bench) measure(ctx context.Context, s suite) (string, error) {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "load-generator-bench-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	}
	b.ctx, b.began = ctx, time.Now()
	b.seconds, b.rounds = cmp.Or(b.seconds, s.seconds), cmp.Or(b.rounds, s.rounds)
	b.say("%s: %d rounds of %d s, at most %d open files", s.name, b.rounds, b.seconds, rig.OpenFiles())
	b.tools = rig.Tools(ctx, b.say)
	if err := s.run(b); err != nil {
		return "", err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		b.note("The time limit ended the series early.")
	} else if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return b.markdown(s), nil
}

// say prints progress for the person who waits.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// note adds a sentence below the tables.
func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// markdown puts together what is published.
func (b *bench) markdown(s suite) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, commit %s, on %s.\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), cmp.Or(rig.Revision(b.ctx), "-"), rig.Machine())
	fmt.Fprintf(&out, "`go run . -suite %s -seconds %d -rounds %d`; target on core %s, client on core %s%s.\n",
		s.name, b.seconds, b.rounds, b.targetCore, b.clientCore, b.versions())
	for _, t := range b.tables {
		fmt.Fprintf(&out, "\n%s", t)
	}
	if len(b.notes) > 0 {
		out.WriteByte('\n')
	}
	for _, n := range b.notes {
		fmt.Fprintf(&out, "- %s\n", n)
	}
	return out.String()
}

// versions lists the versions of the tools that are there.
func (b *bench) versions() string {
	var all []string
	for name, t := range b.tools {
		if t.Absent == nil {
			all = append(all, name+" "+t.Version)
		}
	}
	slices.Sort(all)
	if v := work.FastHTTPVersion(); v != "" {
		all = append(all, "fasthttp "+v)
	}
	return "; " + strings.Join(all, ", ")
}

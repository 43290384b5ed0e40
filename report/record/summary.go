package record

import (
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
)

// Meta is what the engine knows about a run and the recorder does not.
type Meta struct {
	Name       string        // of the run
	Seed       uint64        // of every random stream
	PlanDigest string        // digest of the plan
	Streams    int           // version of the random streams; 0: unknown
	Start      time.Time     // wall clock at offset 0
	End        time.Duration // offset at which the run ended
	Notes      []string      // sentences that a reader must see first
	Health     report.Health // of the generator; Summary adds the sentences
}

// Summary gives the figures of the run that ended at meta.End.
func (r *Recorder) Summary(meta Meta) *report.Summary {
	s := &report.Summary{
		Schema: report.Schema, Name: meta.Name, Seed: meta.Seed, PlanDigest: meta.PlanDigest, Streams: meta.Streams,
		Start: meta.Start.Round(0).UTC(), EndS: meta.End.Seconds(), ResetS: r.countedFrom().Seconds(),
		Notes: slices.Concat(meta.Notes, r.notes.sentences()), Health: meta.Health, Exceptions: r.exceptions.all(),
	}
	phases := r.gatherAll(s, meta.End)
	total := together(phases, r.ops.all())
	for i := range phases {
		s.Phases = append(s.Phases, r.phase(phases[i].phase, meta.End, &phases[i]))
	}
	s.Total = r.total(s.Phases, &total)
	s.LagMS = s.Total.LagMS
	s.Health.Judge(&s.Total, meta.End)
	return s
}

// gatherAll copies the figures of the phases that the run reached, and fills in what needs no further
// work.
func (r *Recorder) gatherAll(s *report.Summary, end time.Duration) (phases []gathered) {
	s.Intervals = []report.Series{}
	r.read(func(f *store) {
		names := r.ops.all()
		for i, p := range f.phases {
			if i > 0 && r.phases[i].Start >= end && len(p.cells) == 0 && f.counts[i] == (counts{}) {
				s.NotReached = append(s.NotReached, r.phases[i].Name)
				continue
			}
			phases = append(phases, f.gather(i, names, end))
			s.Intervals = append(s.Intervals, r.series(f, i, end)...)
		}
		s.Failures = r.failures(f, false)
		s.Timeline = r.timeline(f, 0, max(seconds(end), f.lastSecond()))
	})
	return phases
}

// total builds the figures of the whole run.
func (r *Recorder) total(phases []report.PhaseSummary, g *gathered) report.PhaseSummary {
	out := report.PhaseSummary{Name: "total"}
	for _, p := range phases {
		out.EndS = max(out.EndS, p.EndS)
		out.Users = max(out.Users, p.Users)
	}
	out.Counters = g.counts
	g.fill(&out, out.EndS-r.countedFrom().Seconds())
	return out
}

// secondsOf converts nanoseconds.
func secondsOf(ns int64) float64 { return time.Duration(ns).Seconds() }

// seconds returns how many seconds begin before an offset.
func seconds(end time.Duration) int { return int((end + time.Second - 1) / time.Second) }

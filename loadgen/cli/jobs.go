package cli

import (
	"errors"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
)

// manualName is the phase of a run that was started with a level of its own.
const manualName = "manual"

// jobs are the program's job and, when the page has named another target, the
// one for that. Only one caller at a time may use them; a loadgen.Controller
// starts one run after another.
type jobs struct {
	make      func(host string) (*Job, error)
	own       *Job
	ownHost   string // the target of own, as messages name it
	other     *Job   // nil: none yet
	otherHost string
	now       *Job // of the current or last run
}

// open makes the program's own job.
func (j *jobs) open(host string) error {
	job, err := j.make(host)
	if err != nil {
		return err
	}
	j.own, j.ownHost = job, redacted(host)
	if job.Host != "" {
		j.ownHost = redacted(job.Host)
	}
	return nil
}

// to turns to the job for a target; "" is the program's own.
func (j *jobs) to(host string) (job *Job, err error) {
	if job, err = j.find(host); err == nil {
		j.now = job
	}
	return job, err
}

func (j *jobs) find(host string) (*Job, error) {
	switch {
	case host == "":
		return j.own, nil
	case j.other != nil && host == j.otherHost:
		return j.other, nil
	}
	job, err := j.make(host)
	if err != nil {
		return nil, err
	}
	err = closeJob(j.other)
	j.other, j.otherHost = job, host
	return job, err
}

// host is the target of the current or last run.
func (j *jobs) host() string {
	if j.now == j.own {
		return j.ownHost
	}
	return redacted(j.otherHost)
}

// target names a job's target; "" is the program's own.
func (j *jobs) target(host string) string {
	if host == "" {
		return j.ownHost
	}
	return redacted(host)
}

func (j *jobs) close() error { return errors.Join(closeJob(j.other), closeJob(j.own)) }

func closeJob(job *Job) error {
	if job == nil || job.Close == nil {
		return nil
	}
	return job.Close()
}

// runnerFor makes the runner of one start.
func (s *session) runnerFor(o loadgen.Order) (loadgen.Runner, error) {
	job, err := s.jobs.to(o.Host)
	if err != nil {
		return loadgen.Runner{}, err
	}
	schedule, err := s.phases(o)
	if err != nil {
		return loadgen.Runner{}, err
	}
	if job.Schedule != nil {
		schedule = job.Schedule(schedule)
	}
	r := s.runner
	r.NewUser, r.Schedule, r.Observer = job.NewUser, schedule, s.observer()
	return s.guarded(r, o), nil
}

// phases are the program's own, or one with the level that is asked for and
// the mix and pace of the last one.
func (s *session) phases(o loadgen.Order) (phase.Schedule, error) {
	schedule, err := s.schedule()
	if err != nil || o.Planned {
		return schedule, err
	}
	last := schedule[len(schedule)-1]
	return phase.Schedule{{Name: manualName, Users: o.Users, SpawnRate: o.SpawnRate, Weights: last.Weights, Pace: last.Pace}}, nil
}

package cli

import (
	"errors"

	"github.com/gensim/load-generator/internal/redact"
)

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
	j.own, j.ownHost = job, redact.Address(host)
	if job.Host != "" {
		j.ownHost = redact.Address(job.Host)
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
	return redact.Address(j.otherHost)
}

// target names a job's target; "" is the program's own.
func (j *jobs) target(host string) string {
	if host == "" {
		return j.ownHost
	}
	return redact.Address(host)
}

func (j *jobs) close() error { return errors.Join(closeJob(j.other), closeJob(j.own)) }

func closeJob(job *Job) error {
	if job == nil || job.Close == nil {
		return nil
	}
	return job.Close()
}

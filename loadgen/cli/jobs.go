package cli

import (
	"cmp"
	"errors"

	"github.com/gensim/load-generator/internal/redact"
)

// jobs are the program's job and, when the page has named another target, the
// one for that. Only one caller at a time may use them; a loadgen.Controller
// starts one run after another.
type jobs struct {
	make       func(host string) (*Job, error)
	own, other opened
	now        opened // of the current or last run
}

// opened is a job with its target.
type opened struct {
	*Job          // nil: none yet
	asked  string // the target as it was asked for
	called string // as messages name it
}

// open makes the program's own job.
func (j *jobs) open(host string) error {
	job, err := j.make(host)
	if err == nil {
		j.own = opened{job, "", redact.Address(cmp.Or(job.Host, host))}
	}
	return err
}

// to turns to the job for a target; "" is the program's own.
func (j *jobs) to(host string) error {
	switch host {
	case "":
		j.now = j.own
		return nil
	case j.other.asked:
		j.now = j.other
		return nil
	}
	job, err := j.make(host)
	if err != nil {
		return err
	}
	err = j.other.release()
	j.other = opened{job, host, redact.Address(host)}
	if err == nil {
		j.now = j.other
	}
	return err
}

func (j *jobs) close() error { return errors.Join(j.other.release(), j.own.release()) }

// release closes the job, if it has something to close.
func (o opened) release() error {
	if o.Job == nil || o.Close == nil {
		return nil
	}
	return o.Close()
}

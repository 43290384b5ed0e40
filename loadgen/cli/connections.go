package cli

import (
	"fmt"

	"github.com/gensim/load-generator/loadgen"
)

// ownFiles is how many files the process has open beside its connections, at
// most: the page's viewers, the log, reports, Datadog, the runtime.
const ownFiles = 200

// checkFiles refuses a plan whose users would hold more connections than this
// process may have files.
func (s *session) checkFiles() error {
	if v := &s.values; v.ownConns && v.maxConns > 0 {
		return &UsageError{Where: s.where("max-connections"), Problem: "it is a limit for connections that users share, so it cannot stand with --own-connections"}
	}
	needed, limit := s.plan.Users()+ownFiles, loadgen.FileLimit()
	if !s.values.ownConns || limit == 0 || needed <= limit {
		return nil
	}
	return &UsageError{
		Where:   s.where("own-connections"),
		Problem: fmt.Sprintf("%d users with a connection each need %d open files, and this process may have %d: %s, or take fewer users", s.plan.Users(), needed, limit, raise(needed)),
	}
}

// shortOfFiles warns of shared connections that a stall of the target may
// multiply past the limit; "" when it cannot.
func (s *session) shortOfFiles() string {
	needed, limit := s.plan.Users()+ownFiles, loadgen.FileLimit()
	if s.values.ownConns || s.values.maxConns > 0 && s.values.maxConns+ownFiles <= limit || limit == 0 || needed <= limit {
		return ""
	}
	return fmt.Sprintf("a target that stalls may make each of %d users wait on a connection, and this process may have %d open files: "+
		"%s, or set --max-connections to at most %d", s.plan.Users(), limit, raise(needed), max(limit-ownFiles, 1))
}

// raise says how the limit is raised.
func raise(needed int) string {
	return fmt.Sprintf("raise the limit with 'ulimit -n %d' (a container: --ulimit nofile=%d)", needed, needed)
}

package todo

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// Reasons why an answer is a failure although its status is good.
var (
	errRefused = errors.New("error in the answer")
	errPage    = errors.New("a page, not an answer")
	errGone    = errors.New("todo not found")
	errUndone  = errors.New("not done, by its status")
	errTorn    = errors.New("torn JSON in the answer")
)

// answered is a check of a change: its answer may be empty or anything but an error or a page, such as
// the login that a redirect leads to.
func answered(r *httpclient.Response) error {
	text := trimmed(r.Body())
	switch {
	case isGone(r):
		return errGone
	case r.Status >= 300: // not modified, or a redirect that leads nowhere
		return errUndone
	case len(text) > 0 && text[0] == '<':
		return errPage
	case string(text) == "false", refused(only(text)), complains(text):
		return errRefused
	case len(text) > 0 && text[0] == '{' && !json.Valid(text):
		return errTorn
	}
	return nil
}

// answeredOrGone is answered for a todo that somebody else may have deleted.
func answeredOrGone(r *httpclient.Response) error {
	if err := answered(r); err != errGone {
		return err
	}
	return nil
}

// isWell is a check of the health of a service.
func isWell(r *httpclient.Response) error {
	text := trimmed(r.Body())
	if refused(text) || complains(text) || isBad(text) || ailing(text) {
		return errRefused
	}
	return nil
}

// ailing says whether a part of a service is not well: {"status":"ok","db":"down"}.
func ailing(text []byte) (bad bool) {
	members(text, func(_, rest []byte) bool {
		bad = len(rest) > 0 && rest[0] == '"' && isBad(value(rest))
		return !bad
	})
	return bad
}

// refused reports whether an object is one of an error. Its members say so in one of the ways of [verdicts];
// a list of todos ends the search, as what follows it can be long.
func refused(text []byte) (bad bool) {
	members(text, func(key, rest []byte) bool {
		if says := verdictOf(key); says != nil {
			bad = says(value(rest))
		}
		if envelopes[string(key)] {
			bad = bad || refused(rest)
		}
		return !bad && !startsWithTodo(rest)
	})
	return bad
}

// verdictOf is how the values of a key tell of an error; nil if they do not.
func verdictOf(key []byte) func([]byte) bool {
	if says := verdicts[string(key)]; says != nil || !bytes.HasPrefix(key, []byte("error")) {
		return says
	}
	return isSome // error_description, errorList
}

// verdicts are the keys that tell of an error, as [key] has them, and which of their values do.
var verdicts = map[string]func([]byte) bool{
	"success": isNo, "ok": isNo, "succeeded": isNo, "successful": isNo, "issuccess": isNo, "acknowledged": isNo,
	"err": isSome, "errcode": isSome, "errmsg": isSome,
	"exception": isSome, "fault": isSome, "failure": isSome, "failed": isSome, "haserror": isSome, "haserrors": isSome, "iserror": isSome,
	"healthy": isNo, "up": isNo, "alive": isNo, "ready": isNo,
	"status": isBad, "statuscode": isBad, "code": isBad, "httpstatus": isBad, "state": isBad, "health": isBad,
	"result": isFault, "type": isFault,
	"message": complains, "msg": complains, "detail": complains, "reason": complains,
}

// envelopes are the keys of objects that may tell of an error in their turn.
var envelopes = set("data", "response", "payload", "body", "result", "status", "meta", "header")

// isNo is what a flag of success says in an error, isFault what the kind of an answer says.
var (
	isNo    = oneOf("false", "0", "no")
	isFault = oneOf("error", "fail", "failed", "failure", "exception", "fault", "not_found", "notfound")
)

// oneOf says whether a value is one of some words, in any case.
func oneOf(words ...string) func(text []byte) bool {
	known := set(words...)
	return func(text []byte) bool { return known[strings.ToLower(word(text))] }
}

// isSome is what an error holds; nothing, null, false, 0, an empty text, list or object is none.
func isSome(text []byte) bool {
	if len(text) > 1 && (text[0] == '{' || text[0] == '[') {
		return !isEmpty(text)
	}
	return !isNothing(text)
}

var isNothing = oneOf("", "null", "none", "false", "0", "no", "ok", "success")

// isBad is what a status in words or numbers says in an error.
func isBad(text []byte) bool {
	said := strings.ToLower(word(text))
	if n, err := strconv.Atoi(said); err == nil {
		return n >= 400 && n < 600
	}
	return isFault(text) || isUnwell(text) || strings.Contains(said, "error") || strings.Contains(said, "fail") || strings.Contains(said, "unavailable")
}

var isUnwell = oneOf("down", "unhealthy", "ko", "nok", "critical")

// complains reports whether a plain text, or a JSON string, is one of an error.
func complains(text []byte) bool {
	if len(text) == 0 || bytes.IndexByte([]byte("{[-0123456789"), text[0]) >= 0 && !isStatusLine(text) {
		return false
	}
	said := denials.Replace(strings.ToLower(string(text[:min(len(text), 200)])))
	return slices.ContainsFunc(complaints, func(sign string) bool { return strings.Contains(said, sign) })
}

// complaints are what a text of an error says, in lower case.
var complaints = []string{
	"error", "fail", "exception", "not found", "unavailable", "denied", "forbidden", "cannot ", "unauthorized", "unauthenticated",
	"timeout", "timed out", "too many requests", "bad gateway", "bad request", "invalid", "no such", "does not exist", "doesn't exist",
	"not allowed", "rejected", "refused", "overloaded", "under maintenance", " down", "went wrong", "try again", "unhealthy",
}

// denials takes out what says that there was no error, and a word of titles.
var denials = strings.NewReplacer("no error", "", "without error", "", "0 error", "", "without any error", "", "no fail", "", "exceptional", "", "without fail", "", "0 fail", "")

// isStatusLine says whether a text starts as 503 Service Unavailable does.
func isStatusLine(text []byte) bool {
	return len(text) > 4 && (text[0] == '4' || text[0] == '5') && text[3] == ' '
}

package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// Locust's words, which scripts compare.
const (
	msgStarted   = "Swarming started"
	msgScheduled = "Swarming started using shape class '%s'"
	msgMissing   = "Missing user_count or spawn_rate from /swarm request"
	msgRunTime   = "Valid run_time formats are : 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc."
	msgStopped   = "Test stopped"
	msgReadOnly  = "This page only shows the run: the program that serves it gave it no control."
)

// largestForm bounds the body of a request, in bytes.
const largestForm = 64 << 10

// swarm starts a run or changes the number of users of the one in progress.
func (h *Handler) swarm(w http.ResponseWriter, r *http.Request) {
	var order Order
	form, err := readForm(w, r)
	if err == nil {
		order, err = h.orderOf(form)
	}
	if err == nil {
		err = h.start(order)
	}
	if err == nil {
		answer(w, http.StatusOK, h.started(order, form))
		return
	}
	code, body := http.StatusOK, refusal(redact.In(err.Error(), strings.TrimSpace(form.Get("host"))))
	if bad := (*badField)(nil); errors.As(err, &bad) {
		code = bad.code
		body["field"] = bad.field
	}
	body["host"] = h.host()
	answer(w, code, body)
}

// start gives the order, and where the program refuses what the state of the run
// does not allow says which field asks for it.
func (h *Handler) start(o Order) error {
	state := h.source.State()
	going := state == report.Spawning || state == report.Running
	h.keepOver(h.moment()) // the run before
	err := h.o.Control.Start(o)
	var field interface{ Field() string }
	switch {
	case err == nil:
		return nil
	case going && o.Host != "" && redact.Address(o.Host) != h.host():
		return &badField{code: http.StatusOK, field: "host", text: "A run is in progress. Stop it before changing the target."}
	case going && o.Planned:
		return &badField{code: http.StatusOK, field: "schedule", text: "A run is in progress. Stop it before starting the schedule."}
	case errors.As(err, &field):
		return wrong(field.Field(), "%v", err)
	case !going && !o.Planned && o.Users == 0 && o.Stages == "":
		return wrong("user_count", "0 users would do nothing; give 1 or more to start, 0 only during a run")
	}
	return err
}

// started is the answer to a start.
func (h *Handler) started(order Order, form url.Values) map[string]any {
	body := map[string]any{"success": true, "message": msgStarted, "host": h.host()}
	if order.Planned {
		body["message"] = fmt.Sprintf(msgScheduled, h.shape())
	}
	if form.Get("run_time") != "" && !order.Planned {
		body["run_time"] = int(order.RunTime / time.Second)
	}
	if h.o.ClassPicker {
		body["user_classes"] = order.Kinds
		if order.Kinds == nil {
			body["user_classes"] = h.takingPart()
		}
	}
	if names := ignored(form, order); len(names) > 0 {
		body["ignored"] = names
	}
	return body
}

// takingPart are the kinds of users of the run in progress.
func (h *Handler) takingPart() (names []string) {
	for _, class := range h.source.Run().Classes {
		names = append(names, class.Name)
	}
	if names == nil {
		return h.o.Kinds
	}
	return names
}

// ignored are the fields that say something and change nothing: Locust's profile
// and the options of its scripts; with a schedule also a level.
func ignored(form url.Values, order Order) []string {
	known := []string{"host", "schedule", "shape_class"}
	if order.Kinds != nil {
		known = append(known, "user_classes")
	}
	if !order.Planned {
		known = append(known, "user_count", "spawn_rate", "run_time", "stages")
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !slices.Contains(known, name) && strings.Join(form[name], "") != "" {
			names = append(names, name)
		}
	}
	return names
}

// badField is the refusal of one form field. Locust answers 200 with success
// false to what it refuses, and 500 to what it cannot read or starts with
// nonsense; the latter is 400 here.
type badField struct {
	code  int
	field string
	text  string
}

func (e *badField) Error() string { return e.text }

func wrong(field, format string, args ...any) error {
	return &badField{code: http.StatusBadRequest, field: field, text: field + ": " + fmt.Sprintf(format, args...)}
}

// orderOf reads the form of a start.
func (h *Handler) orderOf(form url.Values) (Order, error) {
	order, err := Order{}, error(nil)
	if order.Host, err = h.hostOf(form.Get("host")); err != nil {
		return Order{}, err
	}
	if order.Kinds, err = h.kindsOf(form["user_classes"]); err != nil {
		return Order{}, err
	}
	if order.Planned, err = h.scheduled(form); err != nil || order.Planned {
		return order, err
	}
	users, rate := strings.TrimSpace(form.Get("user_count")), strings.TrimSpace(form.Get("spawn_rate"))
	if order.Stages = strings.TrimSpace(form.Get("stages")); order.Stages != "" {
		if users != "" || rate != "" {
			return Order{}, wrong("stages", "user_count or spawn_rate gives a level as well; want one of them")
		}
		return order, order.limit(form)
	}
	if users == "" || rate == "" {
		field := "user_count"
		if users != "" {
			field = "spawn_rate"
		}
		return Order{}, &badField{code: http.StatusOK, field: field, text: msgMissing}
	}
	if order.Users, err = h.usersOf(users); err != nil {
		return Order{}, err
	}
	if order.SpawnRate, err = rateOf(rate); err != nil {
		return Order{}, err
	}
	return order, order.limit(form)
}

// kindsOf reads which kinds of users take part; nil for all. Without a picker the field says nothing, as in Locust.
func (h *Handler) kindsOf(names []string) ([]string, error) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.TrimSpace(name) == "" })
	if !h.o.ClassPicker || len(names) == 0 {
		return nil, nil
	}
	for i, name := range names {
		if !slices.Contains(h.o.Kinds, name) || slices.Contains(names[:i], name) {
			text := fmt.Sprintf("user_classes: %s is not accepted; give each of these at most once: %s", quoted(name), strings.Join(h.o.Kinds, ", "))
			return nil, &badField{code: http.StatusOK, field: "user_classes", text: text}
		}
	}
	return names, nil
}

// limit reads the run time.
func (o *Order) limit(form url.Values) (err error) {
	if span := form.Get("run_time"); span != "" {
		if o.RunTime, err = locust.ParseTimespan(span); err != nil {
			return &badField{code: http.StatusOK, field: "run_time", text: msgRunTime}
		}
	}
	return nil
}

// usersOf reads a number of users.
func (h *Handler) usersOf(text string) (int, error) {
	digits, _ := input.Digits(text) // "" is refused
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > h.o.MaxUsers {
		return 0, wrong("user_count", "%s is not accepted; give a whole number from 0 to %d", quoted(text), h.o.MaxUsers)
	}
	return n, nil
}

// rateOf reads a spawn rate, users per second.
func rateOf(text string) (float64, error) {
	const fastest = 1e6
	digits, _ := input.Digits(text) // "" is refused
	rate, err := strconv.ParseFloat(digits, 64)
	switch {
	case err == nil && rate == 0:
		return 0, &badField{code: http.StatusOK, field: "spawn_rate", text: msgMissing}
	case err != nil || !(rate > 0) || rate > fastest:
		return 0, wrong("spawn_rate", "%s is not accepted; give users per second above 0, at most %d, such as 2 or 0.5", quoted(text), int(fastest))
	}
	return rate, nil
}

// hostOf reads the target; "" is the program's own.
func (h *Handler) hostOf(text string) (string, error) {
	text = strings.NewReplacer("<", "", ">", "").Replace(strings.TrimSpace(text))
	if at := strings.TrimRight(text, "/"); at == "" || at == strings.TrimRight(h.o.Host, "/") || at == strings.TrimRight(h.target, "/") {
		return "", nil
	}
	if !h.o.AllowHost {
		return "", wrong("host", "the target is set by the program, %s; it cannot be changed from here", quoted(h.o.Host))
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.ContainsAny(text, "?#") || !portOf(u) {
		return "", wrong("host", "%s is not accepted; give a base URL such as http://localhost:8081", quoted(text))
	}
	return text, nil
}

// portOf reports whether the port of an address, if it has one, is a port.
func portOf(u *url.URL) bool {
	n, err := strconv.Atoi(cmp.Or(u.Port(), "80"))
	return err == nil && n >= 1 && n <= 65535
}

// scheduled reports whether the program's phases are asked for, which Locust
// would call a shape class.
func (h *Handler) scheduled(form url.Values) (bool, error) {
	shape := form.Get("shape_class")
	switch {
	case !slices.Contains([]string{"", "true", "false"}, form.Get("schedule")):
		return false, wrong("schedule", "%s is not accepted; true and false are", quoted(form.Get("schedule")))
	case form.Get("schedule") != "true" && (shape == "" || shape == "Default"):
		return false, nil
	case len(h.o.Schedule) == 0:
		return false, wrong("schedule", "this program has no phase schedule; give user_count and spawn_rate")
	case shape != "" && shape != "Default" && shape != h.shape():
		return false, wrong("shape_class", "%s is unknown; %s and Default are accepted", quoted(shape), quoted(h.shape()))
	}
	return true, nil
}

// shape is the name under which Locust's tools find the schedule.
func (h *Handler) shape() string { return "Schedule" }

// slowestForm is how long a client may take to send a form, also where the
// server itself sets no limit.
const slowestForm = 10 * time.Second

// readForm reads the fields of a form in any of its three encodings.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	text, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return readJSON(text)
	case "multipart/form-data":
		err = r.ParseMultipartForm(largestForm)
	default:
		err = r.ParseForm()
	}
	if err != nil {
		return nil, wrong("body", "it cannot be read as a form")
	}
	return r.PostForm, nil
}

// readBody reads the whole body. For a client that was too slow the deadline
// stays in force, or the server would wait for the rest before it answers.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(slowestForm)) // writers without deadlines, as in tests, wait
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestForm))
	if err != nil {
		return nil, unreadable(err)
	}
	_ = control.SetReadDeadline(time.Time{})
	return text, nil
}

// unreadable turns the error of a body into an answer.
func unreadable(err error) error {
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &tooLarge):
		return &badField{code: http.StatusRequestEntityTooLarge, field: "body", text: fmt.Sprintf("body: more than %d bytes", tooLarge.Limit)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &badField{code: http.StatusRequestTimeout, field: "body", text: fmt.Sprintf("body: not all of it came within %v", slowestForm)}
	}
	return wrong("body", "it broke off: %v", err)
}

// readJSON reads one JSON object of texts, numbers, booleans and lists of them.
func readJSON(text []byte) (url.Values, error) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil || !json.Valid(text) {
		return nil, wrong("body", "it is not a JSON object; send one such as {\"user_count\": 10, \"spawn_rate\": 2}")
	}
	form := make(url.Values)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		values, many := object[name].([]any)
		if !many {
			values = []any{object[name]}
		}
		for _, v := range values {
			switch v.(type) {
			case nil:
			case string, json.Number, bool:
				form.Add(name, fmt.Sprint(v))
			default:
				return nil, wrong(name, "give a text, a number or a boolean")
			}
		}
	}
	return form, nil
}

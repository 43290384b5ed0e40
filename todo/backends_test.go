package todo_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/todo"
)

const (
	health = "GET /health"
	list   = "GET /api/todos"
	create = "POST /api/todos"
	change = "PUT /api/todos/{id}"
	remove = "DELETE /api/todos/{id}"
)

// visited is a minute of three users, in virtual time.
func visited(t *testing.T, target http.Handler) (sum *report.Summary) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		web, err := httpclient.New(httpclient.Config{Host: "http://todo", Base: httpclient.Handler(target)})
		require.NoError(t, err)
		defer web.Close()
		sum, err = loadgen.Runner{
			NewUser: todo.Users(web), Pace: todo.Steady(), Seed: 1, StopTimeout: time.Second,
			Schedule: phase.Schedule{{Name: "all", For: time.Minute, Users: 3}},
		}.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// red are the operations with failures, and whole those with successes.
func verdicts(sum *report.Summary) (red, whole []string) {
	for _, o := range sum.Total.Operations {
		if o.Name == report.Aggregated {
			continue
		}
		if o.Failures > 0 {
			red = append(red, o.Op().String())
		}
		if o.Requests > o.Failures {
			whole = append(whole, o.Op().String())
		}
	}
	return red, whole
}

// TestHealthyBackends: services that do the work in their own way have no failure.
func TestHealthyBackends(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many backends")
	}
	uuid := func(n int) string {
		return "0b0e5c7e-0000-4000-8000-" + strings.Repeat("0", 12-len(strconv.Itoa(n))) + strconv.Itoa(n)
	}
	for name, s := range map[string]*service{
		"numbers":                      {},
		"uuids":                        {id: uuid},
		"ids with slashes":             {id: func(n int) string { return "a/b c%" + strconv.Itoa(n) }},
		"location with slashes":        {id: func(n int) string { return "a/b c%" + strconv.Itoa(n) }, create: located("/api/todos/%p")},
		"large numbers":                {id: func(n int) string { return "9007199254740" + strconv.Itoa(993+n) }},
		"zero":                         {id: func(n int) string { return strconv.Itoa(n - 1) }},
		"byte order mark":              {create: says(201, "\xef\xbb\xbf%s"), list: lists("\xef\xbb\xbf[%s]"), change: says(200, "\xef\xbb\xbf%s")},
		"_id":                          {id: uuid, create: says(201, `{"_id":%d,"title":"x","__v":0}`)},
		"id and _id":                   {create: says(201, `{"_id":"other","id":%d}`)},
		"ID":                           {create: says(201, `{"ID":%d}`)},
		"todoId":                       {create: says(201, `{"todoId":%d,"title":"x"}`)},
		"todo_id":                      {create: says(200, `{"todo_id":%d}`)},
		"uuid":                         {id: uuid, create: says(201, `{"uuid":%d}`)},
		"insertedId":                   {id: uuid, create: says(200, `{"acknowledged":true,"insertedId":%d}`)},
		"envelope with a request's id": {create: says(201, `{"id":"req-77","status":"success","data":%s}`)},
		"todo with data":               {create: says(201, `{"id":%d,"title":"x","data":{"id":999},"item":{"id":5}}`)},
		"data.todo":                    {create: says(201, `{"code":0,"message":"ok","data":{"todo":%s}}`)},
		"result":                       {create: says(200, `{"error":null,"errors":[],"result":%s}`)},
		"list of one":                  {create: says(201, `[%s]`)},
		"JSON:API":                     {create: says(201, `{"data":{"type":"todos","id":"%p","attributes":{"title":"x"}}}`), list: lists(`{"data":[%s],"links":{}}`)},
		"location":                     {create: located("/api/todos/%p")},
		"location with a host":         {create: located("https://inside.example:8443/v2/api/todos/%p?x=1")},
		"location behind a proxy":      {create: located("/todos/%p/")},
		"location relative":            {create: located("todos/%p")},
		"location and message": {create: func(w http.ResponseWriter, id, _ string) {
			w.Header().Set("Location", "/api/todos/"+id)
			says(201, `{"message":"created"}`)(w, id, "")
		}},
		"see other": {behind: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" && strings.HasPrefix(r.URL.Path, "/api/todos/") {
					says(200, "%s")(w, strings.TrimPrefix(r.URL.Path, "/api/todos/"), "x")
					return
				}
				next.ServeHTTP(w, r)
			})
		}, create: func(w http.ResponseWriter, id, _ string) {
			w.Header().Set("Location", "/api/todos/"+id)
			w.WriteHeader(303)
		}},

		"null for no todos": {list: func(w http.ResponseWriter, all []string) {
			lists(map[bool]string{true: "null", false: "[%s]"}[len(all) == 0])(w, all)
		}},
		"always empty":      {list: lists(`[]`)},
		"todos":             {list: lists(`{"todos":[%s]}`)},
		"data.items":        {list: lists(`{"data":{"items":[%s]}}`)},
		"page":              {list: lists(`{"content":[%s],"pageable":{"sort":[],"offset":0},"totalElements":7,"last":true}`)},
		"count and results": {list: lists(`{"count":3,"next":null,"previous":null,"results":[ %s ]}`)},
		"embedded":          {list: lists(`{"_links":{"self":{"href":"/api/todos"}},"_embedded":{"todos":[%s]}}`)},
		"odata":             {list: lists(`{"@odata.context":"x","value":[%s]}`)},
		"flag and list":     {list: lists(`{"success":true,"errors":[],"error":false,"message":"","data":[%s]}`)},
		"null in an object": {list: lists(`{"code":0,"msg":"success","data":null}`)},
		"status success":    {list: lists(`{"status":"success","data":{"todos":[%s]}}`)},
		"code 200":          {list: lists(`{"code":200,"statusCode":200,"data":{"list":[%s],"total":1}}`)},
		"own name":          {list: lists(`{"tareas":[{"id":1,"titulo":"\\\"]} [x"}]}`)},
		"title of brackets": {list: lists(`{"note":"a \\\" [ {","todos":[{"title":"failed \\\\","id":1}]}`)},

		"objectId":             {create: says(201, `{"objectId":%d,"createdAt":"x"}`)},
		"lastInsertRowid":      {create: says(201, `{"changes":1,"lastInsertRowid":%d}`)},
		"rowid":                {create: says(201, `{"rowid":%d}`)},
		"newTodo":              {create: says(201, `{"message":"created","newTodo":%s}`)},
		"todos of one":         {create: says(201, `{"todos":[%s],"user":{"id":7}}`)},
		"data by the mutation": {create: says(200, `{"data":{"insert_todos_one":%s}}`)},
		"myTodos, empty":       {list: lists(`{"success":true,"myTodos":[]}`)},
		"own name, empty":      {list: lists(`{"tareas":[]}`)},
		"shards":               {list: lists(`{"timed_out":false,"_shards":{"total":1,"failed":0},"hits":{"hits":[]}}`)},
		"status in an object":  {list: lists(`{"status":{"code":200,"message":"OK"},"errmsg":"","meta":{"errors":[]},"data":[%s]}`)},

		"no content":           {change: says(204, ""), remove: saysOfDelete(204, "")},
		"no body":              {change: says(200, ""), remove: saysOfDelete(200, "")},
		"message":              {change: says(200, `{"message":"updated"}`), remove: saysOfDelete(200, `{"message":"Todo deleted","error":null}`)},
		"deleted todo":         {change: says(200, `{"data":%s}`), remove: saysOfDelete(200, `%s`)},
		"null after a change":  {change: says(200, `null`), remove: saysOfDelete(202, `null`)},
		"true, ok":             {change: says(200, `true`), remove: saysOfDelete(200, `OK`)},
		"quoted":               {change: says(200, `"updated"`), remove: saysOfDelete(200, `1`)},
		"counts":               {change: says(200, `{"acknowledged":true,"matchedCount":1,"modifiedCount":0}`), remove: saysOfDelete(200, `{"deletedCount":1}`)},
		"soft delete":          {change: says(200, `{"id":%d,"title":"error","deleted":false}`), remove: saysOfDelete(200, `{"success":true}`)},
		"no errors, in words":  {change: says(200, `{"message":"Updated with no errors"}`), remove: saysOfDelete(200, "Deleted without errors")},
		"more counts":          {change: says(200, `{"generatedMaps":[],"raw":[],"affected":1}`), remove: saysOfDelete(200, `{"n":1,"nRemoved":0,"ok":1}`)},
		"flags of the todo":    {change: says(200, `{"id":%d,"deleted":0,"count":0,"found":false}`), remove: saysOfDelete(200, `{"deleted":true}`)},
		"number of changes":    {change: says(200, `[1]`), remove: saysOfDelete(200, `1`)},
		"accepted":             {change: says(202, ``), remove: saysOfDelete(202, `{"remaining":0}`)},
		"list after a change":  {change: says(200, `[1]`), remove: saysOfDelete(200, `[%s]`)},
		"status of the todo":   {change: says(200, `{"id":%d,"title":"it failed","status":"pending","type":"bug","result":null}`)},
		"health in words":      {health: answers(200, "healthy")},
		"health in an object":  {health: answers(200, `{"status":"UP","components":{"db":{"status":"UP"}},"errors":[]}`)},
		"health without words": {health: answers(204, "")},
	} {
		t.Run(name, func(t *testing.T) {
			red, whole := verdicts(visited(t, s.handler()))
			assert.Empty(t, red)
			assert.ElementsMatch(t, []string{health, list, create, change, remove}, whole)
		})
	}
}

func answers(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { says(status, text)(w, "", "") }
}

// TestBrokenBackends: what does not do its work once has not one success, whatever its status.
func TestBrokenBackends(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many backends")
	}
	all := []string{list, create}
	type broken struct {
		s    *service
		dead []string // operations without a success; none of the others fails
	}
	for name, b := range map[string]broken{
		"location of the collection":      {&service{create: located("/api/todos")}, []string{create}},
		"location of the collection/":     {&service{create: located("/api/todos/")}, []string{create}},
		"location of the login":           {&service{create: located("/login?next=/api/todos/1")}, []string{create}},
		"location of the root":            {&service{create: located("/")}, []string{create}},
		"location in a query":             {&service{create: located("/api/todos?id=%p")}, []string{create}},
		"location elsewhere":              {&service{create: located("/api/users/%p")}, []string{create}},
		"location below a todo":           {&service{create: located("/api/todos/%p/history")}, []string{create}},
		"location that is not an address": {&service{create: located("%zz://")}, []string{create}},
		"no id":                           {&service{create: says(201, `{"title":"x"}`)}, []string{create}},
		"empty create":                    {&service{create: says(201, ``)}, []string{create}},
		"id is true":                      {&service{create: says(201, `{"id":true}`)}, []string{create}},
		"id is an object":                 {&service{create: says(201, `{"id":{"$oid":"x"}}`)}, []string{create}},
		"id undefined":                    {&service{create: says(201, `{"id":"undefined"}`)}, []string{create}},
		"create succeeds not":             {&service{create: says(200, `{"success":false,"id":%d}`)}, []string{create}},
		"create with an error":            {&service{create: says(200, `{"error":{"code":"QUOTA"},"data":%s}`)}, []string{create}},
		"create that broke off":           {&service{create: says(201, `{"id":%d,"title":"x`)}, []string{create}},
		"create answers the list":         {&service{create: says(200, `[%s,%s]`)}, []string{create}},
		"create answers a page":           {&service{create: says(200, `<!doctype html><title>Login</title>`)}, []string{create}},
		"create answers another's id":     {&service{create: says(201, `{"id":"req-1","state":"queued"}`)}, []string{change, remove}},
		"create forgets":                  {&service{forget: func(int) bool { return true }}, []string{change, remove}},
		"create forgets, location":        {&service{create: located("/api/todos/%p"), forget: func(int) bool { return true }}, []string{change, remove}},
		"PATCH alone, 404":                {&service{method: refusing(404, "PUT")}, []string{change}},
		"PATCH alone, 405":                {&service{method: refusing(405, "PUT")}, []string{change}},
		"PATCH alone, 410":                {&service{method: refusing(410, "PUT")}, []string{change}},
		"PATCH alone, 501":                {&service{method: refusing(501, "PUT")}, []string{change}},
		"no DELETE, 404":                  {&service{method: refusing(404, "DELETE")}, []string{remove}},
		"no DELETE, 405":                  {&service{method: refusing(405, "DELETE")}, []string{remove}},
		"PUT finds none":                  {&service{change: says(200, `{"acknowledged":true,"matchedCount":0}`)}, []string{change}},
		"DELETE finds none":               {&service{remove: saysOfDelete(200, `{"deletedCount":0}`)}, []string{remove}},
		"PUT with an error":               {&service{change: says(200, `{"error":"validation"}`)}, []string{change}},
		"PUT with an error, enveloped":    {&service{change: says(200, `{"data":{"errors":["x"]}}`)}, []string{change}},
		"PUT answers false":               {&service{change: says(200, `false`)}, []string{change}},
		"PUT answers a page":              {&service{change: says(200, `<html>`)}, []string{change}},
		"PUT answers in words":            {&service{change: says(200, `Internal Server Error`)}, []string{change}},
		"PUT answers in quoted words":     {&service{change: says(200, `"not found"`)}, []string{change}},
		"PUT with its own status":         {&service{change: says(200, `{"status":404,"title":"Not Found"}`)}, []string{change}},
		"PUT in a multi-status":           {&service{change: says(207, `[{"status":404}]`)}, []string{change}},
		"PUT not modified":                {&service{change: says(304, ``)}, []string{change}},
		"DELETE with many choices":        {&service{remove: saysOfDelete(300, ``)}, []string{remove}},
		"PUT that broke off":              {&service{change: says(200, `{"id":1,"titl`)}, []string{change}},
		"PUT counts none":                 {&service{change: says(200, `[0]`)}, []string{change}},
		"PUT counts none, enveloped":      {&service{change: says(200, `{"data":{"affectedRows":0}}`)}, []string{change}},
		"PUT updated false":               {&service{change: says(200, `{"updated":false}`)}, []string{change}},
		"PUT with an error in a status":   {&service{change: says(200, `{"status":{"code":500,"message":"x"}}`)}, []string{change}},
		"PUT with an error in a result":   {&service{change: says(200, `{"result":{"success":false}}`)}, []string{change}},
		"PUT with an error in a list":     {&service{change: says(200, `[{"error":"x"}]`)}, []string{change}},
		"PUT not_found":                   {&service{change: says(200, `{"_id":"1","result":"not_found"}`)}, []string{change}},
		"PUT with a message":              {&service{change: says(200, `{"message":"Internal Server Error"}`)}, []string{change}},
		"PUT with a detail":               {&service{change: says(200, `{"detail":"Not found."}`)}, []string{change}},
		"PUT times out in words":          {&service{change: says(200, `upstream request timeout`)}, []string{change}},
		"PUT with a status line":          {&service{change: says(200, `502 Bad Gateway`)}, []string{change}},
		"DELETE counts none, bare":        {&service{remove: saysOfDelete(200, `0`)}, []string{remove}},
		"DELETE counts none in words":     {&service{remove: saysOfDelete(200, `{"deleted":0}`)}, []string{remove}},
		"DELETE with an error":            {&service{remove: saysOfDelete(200, `{"status":"error","message":"locked"}`)}, []string{remove}},
		"list is down":                    {&service{list: lists(`{"success":false,"errors":["down"]}`)}, []string{list}},
		"list of errors":                  {&service{list: lists(`{"errors":[{"id":1,"title":"down"}]}`)}, []string{list}},
		"list of reasons":                 {&service{list: lists(`{"reasons":["down"]}`)}, []string{list}},
		"list of problems":                {&service{list: lists(`{"problems":[{"field":"db","message":"down"}]}`)}, []string{list}},
		"list within a string":            {&service{list: lists(`{"message":"[] \"todos\":[] is down"}`)}, []string{list}},
		"list of links":                   {&service{list: lists(`{"message":"down","links":[{"rel":"help","href":"/"}]}`)}, []string{list}},
		"empty list and an error":         {&service{list: lists(`{"todos":[],"error":"db down"}`)}, []string{list}},
		"empty list, success false":       {&service{list: lists(`{"data":[],"success":false}`)}, []string{list}},
		"null and an error":               {&service{list: lists(`{"data":null,"message":"x","code":500}`)}, []string{list}},
		"null and a message":              {&service{list: lists(`{"message":"database down","todos":null}`)}, []string{list}},
		"empty list and a description":    {&service{list: lists(`{"data":[],"error_description":"down"}`)}, []string{list}},
		"empty list and a bad meta":       {&service{list: lists(`{"data":[],"meta":{"code":500}}`)}, []string{list}},
		"empty list of reasons":           {&service{list: lists(`{"reasons":[]}`)}, []string{list}},
		"health in words":                 {&service{health: answers(200, `DOWN`)}, []string{health}},
		"health of a part":                {&service{health: answers(200, `{"status":"ok","db":"down"}`)}, []string{health}},
		"no errors and no list":           {&service{list: lists(`{"errors":[]}`)}, []string{list}},
		"list of strings":                 {&service{list: lists(`["down"]`)}, []string{list}},
		"list of numbers":                 {&service{list: lists(`[1,2,3]`)}, []string{list}},
		"list of lists":                   {&service{list: lists(`[[{"id":1}]]`)}, []string{list}},
		"list of null":                    {&service{list: lists(`[null]`)}, []string{list}},
		"list of errors, bare":            {&service{list: lists(`[{"message":"down"}]`)}, []string{list}},
		"list that broke off":             {&service{list: lists(`[{"id":1},`)}, []string{list}},
		"object that broke off":           {&service{list: lists(`{"todos":[{"id":1},`)}, []string{list}},
		"an object":                       {&service{list: lists(`{"id":1,"title":"x"}`)}, []string{list}},
		"nothing":                         {&service{list: lists(``)}, []string{list}},
		"blank":                           {&service{list: lists("\xef\xbb\xbf \n")}, []string{list}},
		"a number":                        {&service{list: lists(`0`)}, []string{list}},
		"a string":                        {&service{list: lists(`"[]"`)}, []string{list}},
		"XML":                             {&service{list: lists(`<todos><todo id="1">[]</todo></todos>`)}, []string{list}},
		"204":                             {&service{list: func(w http.ResponseWriter, _ []string) { w.WriteHeader(204) }}, []string{list}},
		"health says down":                {&service{health: answers(200, `{"status":"DOWN"}`)}, []string{health}},
		"health with an error":            {&service{health: answers(200, `{"error":"db"}`)}, []string{health}},
		"nothing but pages":               {&service{behind: every(200, "<html>[]</html>")}, all},
		"nothing but ok":                  {&service{behind: every(200, "ok")}, all},
		"nothing but nothing":             {&service{behind: every(200, "")}, all},
		"nothing but 204":                 {&service{behind: every(204, "")}, all},
		"nothing but an error at 200":     {&service{behind: every(200, `{"success":false,"errors":["down"],"id":1}`)}, all},
		"nothing but its own JSON":        {&service{behind: every(200, `{"user":null,"roles":[]}`)}, all},
		"nothing but 404":                 {&service{behind: every(404, `{"todos":[],"id":1}`)}, all},
		"a login before everything":       {&service{behind: login}, all},
		"a login before changes":          {&service{behind: loginFor("PUT", "DELETE")}, []string{change, remove}},
		"a login that asks for a token":   {&service{behind: every(200, `{"code":401,"message":"token","data":null}`)}, all},
	} {
		t.Run(name, func(t *testing.T) {
			red, whole := verdicts(visited(t, b.s.handler()))
			assert.ElementsMatch(t, b.dead, red)
			for _, op := range b.dead {
				assert.NotContains(t, whole, op)
			}
		})
	}
}

// login sends everybody who is not there yet to a page.
func login(next http.Handler) http.Handler { return loginFor("GET", "POST", "PUT", "DELETE")(next) }

func loginFor(methods ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/login":
				answers(200, "<html><form>[]</form></html>")(w, r)
			case r.URL.Path != "/health" && refusing(1, methods...)(r.Method) == 1:
				http.Redirect(w, r, "/login", http.StatusFound)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// TestBackendThatLosesTodos: half of the new todos cannot be found, as with two replicas that share
// nothing. That no one else has deleted them shows in those that the user asks for at once.
func TestBackendThatLosesTodos(t *testing.T) {
	var asked atomic.Int64
	s := &service{}
	s.method = func(method string) int {
		if (method == "PUT" || method == "DELETE") && asked.Add(1)%2 == 0 {
			return 404
		}
		return 0
	}
	red, _ := verdicts(visited(t, s.handler()))
	assert.Contains(t, red, change)
}

// TestTodosThatOthersDelete is a service in which somebody else deletes todos all the time: no failure,
// and each of them is counted in its own row.
func TestTodosThatOthersDelete(t *testing.T) {
	s := &service{}
	lost := 0
	s.list = func(w http.ResponseWriter, all []string) {
		if lost++; len(all) > 0 && lost%2 == 0 {
			s.mu.Lock()
			s.todos = nil
			s.mu.Unlock()
		}
		lists("[%s]")(w, all)
	}
	red, whole := verdicts(visited(t, s.handler()))
	assert.Empty(t, red)
	assert.ElementsMatch(t, []string{health, list, create, change, remove, change + " (gone)", remove + " (gone)"}, whole)
}

// saysOfDelete is says for what a delete answers.
func saysOfDelete(status int, text string) func(http.ResponseWriter, string) {
	answer := says(status, text)
	return func(w http.ResponseWriter, id string) { answer(w, id, "x") }
}

// located answers a create with a Location, in which %p is the id, and no body.
func located(location string) func(http.ResponseWriter, string, string) {
	return func(w http.ResponseWriter, id, _ string) {
		w.Header().Set("Location", strings.ReplaceAll(location, "%p", url.PathEscape(id)))
		w.WriteHeader(http.StatusCreated)
	}
}

// lists answers a list with a text in which %s is the elements.
func lists(text string) func(http.ResponseWriter, []string) {
	return func(w http.ResponseWriter, todos []string) {
		io.WriteString(w, strings.ReplaceAll(text, "%s", strings.Join(todos, ",")))
	}
}

// every answers all requests to the API alike.
func every(status int, text string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/health" {
				next.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(status)
			io.WriteString(w, text)
		})
	}
}

// says answers with a status and a text in which %s is the todo, %d its id as it stands in JSON and %p as
// it stands in a path.
func says(status int, text string) func(http.ResponseWriter, string, string) {
	return func(w http.ResponseWriter, id, title string) {
		whole := todoJSON(id, title)
		bare, _, _ := strings.Cut(strings.TrimPrefix(whole, `{"id":`), ",")
		w.WriteHeader(status)
		io.WriteString(w, strings.NewReplacer("%s", whole, "%d", bare, "%p", url.PathEscape(id)).Replace(text))
	}
}

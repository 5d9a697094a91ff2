// Command client posts reviews as kube-apiserver does until its standard input ends; then it prints
// what came of them as one JSON object. To each line of input it answers with the number of posts so far.
//
// What it takes over from kube-apiserver (k8s.io/apiserver pkg/util/webhook, k8s.io/apimachinery
// pkg/util/net, k8s.io/client-go rest and transport, versions 0.34 to 0.37):
//
//   - net/http's transport with HTTP/1.1 as its only ALPN protocol, 25 idle connections for a host, 90 s
//     until an idle one is closed, 10 s for a TLS handshake, 30 s to dial, TCP keep-alive of 30 s;
//   - the server's name is that of the Service, whatever the address; no proxy; no redirects but net/http's;
//   - "?timeout=" in whole seconds, and a context with that deadline;
//   - an error of the connection is the end of a POST, except where net/http knows that nothing was written;
//   - 429 and 5xx with an integer Retry-After are tried again, up to ten times within the deadline, after
//     at most 2 KiB of the answer were read.
//
// What it leaves out: metrics, tracing, the backoff of client-go (webhooks have none) and its rate limiter
// (webhooks have none).
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxRetries  = 10
	slurpBytes  = 2 << 10
	maxReported = 20
)

type result struct {
	Posts       int            `json:"posts"`
	Answered    int            `json:"answered"`
	Retries     map[string]int `json:"retries"`
	Connections int64          `json:"connections"`
	Closing     int            `json:"closing"`
	Failures    int            `json:"failures"`
	Errors      []string       `json:"errors"`
	SlowestMs   int64          `json:"slowest_ms"`

	mutex sync.Mutex
}

func (r *result) soFar() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.Posts
}

func (r *result) retried(code int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Retries[strconv.Itoa(code)]++
}

func (r *result) done(err error, closing bool, took time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Posts++
	if closing {
		r.Closing++
	}
	if ms := took.Milliseconds(); ms > r.SlowestMs {
		r.SlowestMs = ms
	}
	if err == nil {
		r.Answered++
		return
	}
	r.Failures++
	if len(r.Errors) < maxReported {
		r.Errors = append(r.Errors, err.Error())
	}
}

type client struct {
	http    *http.Client
	url     string
	body    []byte
	uid     string
	timeout time.Duration
	result  *result
	number  int64
}

// review posts one review with a uid of its own, and checks that the answer is to it.
func (c *client) review() {
	uid := fmt.Sprintf("%08x%s", atomic.AddInt64(&c.number, 1), c.uid[8:])
	body := bytes.ReplaceAll(c.body, []byte(c.uid), []byte(uid))
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	began := time.Now()
	closing, err := c.post(ctx, uid, body)
	c.result.done(err, closing, time.Since(began))
}

func (c *client) post(ctx context.Context, uid string, body []byte) (closing bool, err error) {
	for attempt := 0; ; attempt++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
		if err != nil {
			return false, err
		}
		request.Header.Set("Accept", "application/json, */*")
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("User-Agent", "kube-apiserver-admission")
		response, err := c.http.Do(request)
		if err != nil {
			return false, err
		}
		wait, retry := retryAfter(response)
		if retry && attempt < maxRetries {
			c.result.retried(response.StatusCode)
			io.Copy(io.Discard, io.LimitReader(response.Body, slurpBytes))
			response.Body.Close()
			select {
			case <-ctx.Done():
				return response.Close, ctx.Err()
			case <-time.After(wait):
			}
			continue
		}
		return response.Close, check(response, uid)
	}
}

func retryAfter(response *http.Response) (time.Duration, bool) {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode < 500 {
		return 0, false
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	return time.Duration(seconds) * time.Second, err == nil
}

func check(response *http.Response, uid string) error {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d: %s", response.StatusCode, body)
	}
	var review struct {
		Response struct {
			UID     string `json:"uid"`
			Allowed bool   `json:"allowed"`
		} `json:"response"`
	}
	if err := json.Unmarshal(body, &review); err != nil {
		return err
	}
	if review.Response.UID != uid || !review.Response.Allowed {
		return fmt.Errorf("wrong answer to %s: %s", uid, body)
	}
	return nil
}

func transport(address, serverName string, roots *x509.CertPool, dialled *int64) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			atomic.AddInt64(dialled, 1)
			return dialer.DialContext(ctx, network, address)
		},
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: serverName, NextProtos: []string{"http/1.1"}},
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 25,
		IdleConnTimeout:     90 * time.Second,
	}
}

func main() {
	address := flag.String("address", "", "host:port to connect to")
	serverName := flag.String("server-name", "", "name in the server's certificate")
	ca := flag.String("ca", "", "PEM file of the CA")
	review := flag.String("review", "", "file with a review that is allowed")
	uid := flag.String("uid", "", "uid in that file, replaced by another one in each review")
	workers := flag.Int("workers", 10, "reviews at a time")
	pause := flag.Duration("pause", 0, "of each worker after a review")
	burst := flag.Int("burst", 0, "reviews at once, once a second, besides")
	timeout := flag.Int("timeout", 10, "seconds until a review has failed")
	flag.Parse()

	pem, err := os.ReadFile(*ca)
	exitOn(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	body, err := os.ReadFile(*review)
	exitOn(err)

	outcome := &result{Retries: map[string]int{}, Errors: []string{}}
	c := &client{
		http: &http.Client{
			Transport: transport(*address, *serverName, roots, &outcome.Connections),
			Timeout:   30 * time.Second,
		},
		url:     fmt.Sprintf("https://%s:443/validate?timeout=%ds", *serverName, *timeout),
		body:    body,
		uid:     *uid,
		timeout: time.Duration(*timeout) * time.Second,
		result:  outcome,
	}

	ended := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			fmt.Println(outcome.soFar())
		}
		close(ended)
	}()
	var posting sync.WaitGroup
	start := func(reviews int) {
		for ; reviews > 0; reviews-- {
			posting.Add(1)
			go func() {
				defer posting.Done()
				c.review()
			}()
		}
	}
	for worker := 0; worker < *workers; worker++ {
		posting.Add(1)
		go func() {
			defer posting.Done()
			for {
				c.review()
				select {
				case <-ended:
					return
				case <-time.After(*pause):
				}
			}
		}()
	}
	bursts := time.NewTicker(time.Second)
	for running := true; running; {
		select {
		case <-ended:
			running = false
		case <-bursts.C:
			start(*burst)
		}
	}
	posting.Wait()
	exitOn(json.NewEncoder(os.Stdout).Encode(outcome))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

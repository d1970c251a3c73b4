package main

import (
	"context"
	"time"

	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// reconcile calls work with the name of every object that the informer sees appear, change or go, and again after a
// while (1 s at most) when it failed: what is decided while the API server is away is decided again, not lost. Several
// objects are worked on at a time, none by two at once, until the context ends.
func reconcile(ctx context.Context, informer cache.SharedIndexInformer, work func(context.Context, cache.ObjectName) error) error {
	queue := workqueue.NewTypedRateLimitingQueue(
		workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](5*time.Millisecond, time.Second))
	enqueue := func(object any) {
		name, err := cache.DeletionHandlingObjectToName(object)
		if err != nil {
			complain(err)
			return
		}
		queue.Add(name)
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
		DeleteFunc: enqueue,
	}); err != nil {
		return err
	}
	context.AfterFunc(ctx, queue.ShutDown)
	const workers = 8
	for range workers {
		go func() {
			for name, ended := queue.Get(); !ended; name, ended = queue.Get() {
				if work(ctx, name) == nil {
					queue.Forget(name)
				} else {
					queue.AddRateLimited(name)
				}
				queue.Done(name)
			}
		}()
	}
	return nil
}

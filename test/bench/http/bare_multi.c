/*
 * bare_multi.c
 *	  What libcurl does by itself: bare_multi URL COUNT IN_FLIGHT prints requests per second.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static size_t
Discard(char *data, size_t size, size_t count, void *arg)
{
	return size * count;
}

static double
Now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void
Add(CURLM *multi, CURL *easy, const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Discard);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_multi_add_handle(multi, easy);
}

int
main(int argc, char **argv)
{
	int			count = atoi(argv[2]);
	int			in_flight = atoi(argv[3]);
	int			started = 0;
	int			done = 0;
	CURLM	   *multi;
	double		begun;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	begun = Now();
	while (started < in_flight && started < count)
	{
		Add(multi, curl_easy_init(), argv[1]);
		started++;
	}
	while (done < count)
	{
		int			running;
		int			left;
		CURLMsg    *message;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left)) != NULL)
		{
			CURL	   *easy = message->easy_handle;

			done += message->data.result == CURLE_OK;
			if (message->data.result != CURLE_OK)
				return 1;
			curl_multi_remove_handle(multi, easy);
			if (started < count)
			{
				Add(multi, easy, argv[1]);
				started++;
			}
			else
				curl_easy_cleanup(easy);
		}
		if (done < count)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("%.0f\n", count / (Now() - begun));
	curl_multi_cleanup(multi);
	return 0;
}

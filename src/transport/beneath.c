/*
 * beneath.c
 *	  Open files below one directory of the server.
 *
 * A name may leave the directory through "..", a symbolic link, or one that is created between a
 * check and its use. So the file is first opened with O_PATH, which reads nothing and has no
 * side effects on pipes and devices; then the kernel reports the real path of the handle; and
 * only if that is below the directory is the handle reopened for reading.
 */
#include "base/compat.h"
#include "transport/beneath.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>


bool
IsNameBeneath(const char *name)
{
	while (*name != '\0')
	{
		size_t		len = strcspn(name, "/");

		if (len == 0 || (len == 1 && name[0] == '.') ||
			(len == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		name += len;
		if (*name == '/' && *++name == '\0')
			return false;
	}
	return true;
}

void
HandlePath(int fd, char *path)
{
	snprintf(path, HANDLE_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* Does the handle's file lie in root, whose links are resolved? */
static bool
LiesIn(int fd, const char *root)
{
	char		handle[HANDLE_PATH_SIZE];
	char		path[PATH_MAX + 1];
	size_t		root_len = strlen(root);
	ssize_t		len;

	HandlePath(fd, handle);
	len = readlink(handle, path, PATH_MAX);
	if (len < 0)
		return false;
	path[len] = '\0';
	if (strcmp(root, "/") == 0)
		return true;
	return strncmp(path, root, root_len) == 0 &&
		(path[root_len] == '/' || path[root_len] == '\0');
}

static char *
SystemProblem(const char *what, const char *name, int *error)
{
	*error = errno;
	return psprintf("could not %s \"%s\": %s", what, name, strerror(*error));
}

/* What is wrong with a handle, or NULL. */
static char *
ProblemOf(int fd, const char *root, const char *name, mode_t type, int *error)
{
	char		resolved[PATH_MAX];
	struct stat st;

	*error = 0;
	if (realpath(root, resolved) == NULL)
		return SystemProblem("open directory", root, error);
	if (!LiesIn(fd, resolved))
		return psprintf("file \"%s\" is outside directory \"%s\"", name, root);
	if (fstat(fd, &st) != 0)
		return SystemProblem("stat file", name, error);
	if ((st.st_mode & S_IFMT) != type)
		return psprintf("\"%s\" is not a %s", name,
						type == S_IFDIR ? "directory" : "regular file");
	return NULL;
}

int
HandleBeneath(const char *root, const char *name, mode_t type, char **problem, int *error)
{
	int			fd;

	*error = 0;
	if (!IsNameBeneath(name))
	{
		*problem = psprintf("\"%s\" is not a name below directory \"%s\"", name, root);
		return -1;
	}
	fd = open(psprintf("%s/%s", root, name), O_PATH | O_CLOEXEC);
	if (fd < 0)
	{
		*problem = SystemProblem("open", name, error);
		return -1;
	}
	*problem = ProblemOf(fd, root, name, type, error);
	if (*problem == NULL)
		return fd;
	close(fd);
	return -1;
}

int
OpenBeneath(const char *root, const char *name, char **problem, int *error)
{
	char		path[HANDLE_PATH_SIZE];
	int			handle = HandleBeneath(root, name, S_IFREG, problem, error);
	int			fd;

	if (handle < 0)
		return -1;
	HandlePath(handle, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		*problem = SystemProblem("open", name, error);
	close(handle);
	return fd;
}

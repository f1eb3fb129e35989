namespace Cgh.Tests;

/// <summary>
/// Programs beyond the SDK that a test needs. Where one is missing the test says so and is skipped; under test.sh, which
/// installs them and sets CGH_TEST_REQUIRE_ALL=1, that is a failure.
/// </summary>
public static class Required
{
    /// <summary>Path of a Chromium; CGH_CHROMIUM names another.</summary>
    public static string Chromium() => Find("CGH_CHROMIUM", "chromium", "chromium-browser", "google-chrome");

    /// <summary>Path of redis-server.</summary>
    public static string RedisServer() => Find("CGH_REDIS_SERVER", "redis-server");

    private static string Find(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            return named;
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (found is null)
        {
            var reason = $"{names[0]} is missing: install it, or run ./test.sh, which does.";
            if (Environment.GetEnvironmentVariable("CGH_TEST_REQUIRE_ALL") == "1")
            {
                Xunit.Assert.Fail(reason);
            }

            Xunit.Assert.Skip(reason);
        }

        return found;
    }
}

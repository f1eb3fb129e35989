namespace Cgh.Tests;

/// <summary>
/// Programs beyond the SDK that a test needs. Where one is missing the test says so and is skipped; under test.sh, which
/// installs them and sets CGH_TEST_REQUIRE_ALL=1, that is a failure.
/// </summary>
public static class Required
{
    /// <summary>Path of a Chromium; CGH_CHROMIUM names another.</summary>
    public static string Chromium() =>
        Found("chromium", ServerPrograms.Named("CGH_CHROMIUM") ?? ServerPrograms.OnPath("chromium", "chromium-browser", "google-chrome"));

    /// <summary>Path of redis-server.</summary>
    public static string RedisServer() => Found("redis-server", ServerPrograms.Redis());

    /// <summary>Path of the start script of RabbitMQ.</summary>
    public static string RabbitMqServer() => Found("rabbitmq-server", ServerPrograms.RabbitMq());

    private static string Found(string name, string? program)
    {
        if (program is null)
        {
            var reason = $"{name} is missing: install it, or run ./test.sh, which does.";
            if (Environment.GetEnvironmentVariable("CGH_TEST_REQUIRE_ALL") == "1")
            {
                Xunit.Assert.Fail(reason);
            }

            Xunit.Assert.Skip(reason);
        }

        return program;
    }
}

namespace Cgh.Tests;

/// <summary>
/// Programs other than the SDK that tests need. A test with a missing program is skipped, or fails with CGH_TEST_REQUIRE_ALL=1, which test.sh
/// sets after installing them.
/// </summary>
public static class Required
{
    /// <summary>Path of a Chromium; override it with CGH_CHROMIUM.</summary>
    public static string Chromium() =>
        Found("chromium", ServerPrograms.Named("CGH_CHROMIUM") ?? ServerPrograms.OnPath("chromium", "chromium-browser", "google-chrome"));

    /// <summary>Path of redis-server.</summary>
    public static string RedisServer() => Found("redis-server", ServerPrograms.Redis());

    /// <summary>Path of RabbitMQ's start script.</summary>
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

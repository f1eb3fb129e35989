using Cgh.AppHost.Infrastructure;

namespace Cgh.AppHost.Tests.Boots;

/// <summary>The container runtime of this machine.</summary>
internal static class Containers
{
    /// <summary>Skips the test, with the reason, if there is none. test.sh cannot install one.</summary>
    public static async Task RequireAsync(CancellationToken cancellationToken)
    {
        var asked = await ContainerRuntime.AskAsync(
            only: null, Environment.GetEnvironmentVariable("PATH"), ContainerRuntime.DefaultTimeout, cancellationToken);
        Assert.SkipUnless(asked.Any(runtime => runtime.Answers), $"No container runtime: {string.Join(", ", asked.Select(runtime => runtime.Failure))}.");
    }
}

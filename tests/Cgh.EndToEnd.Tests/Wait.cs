using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Waits for what a test expects. The time is for a machine that is busy with other tests.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="holds">The condition.</param>
    /// <param name="otherwise">What the test reports if it does not hold in time.</param>
    public static Task UntilAsync(Func<bool> holds, string otherwise) => UntilAsync(() => Task.FromResult(holds()), otherwise);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> holds, string otherwise)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; !await holds(); await Task.Delay(50, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, otherwise);
        }
    }
}

using Cgh.Core;
using Cgh.Trainer.Service;
using Microsoft.Extensions.Configuration;

namespace Cgh.Trainer.Tests.Service;

public sealed class TrainerOptionsTests
{
    [Fact]
    public void Read_NothingSet_HasTheDefaults()
    {
        var options = Read();

        Assert.Equal((TimeSpan.FromSeconds(20), 3, TimeSpan.FromSeconds(2)), (options.HeartbeatTimeout, options.MaxFailures, options.RetryAfter));
    }

    [Fact]
    public void Read_FormerNameOfHeartbeatTimeout_IsAccepted() => Assert.Equal(TimeSpan.FromSeconds(7), Read(("Silence", "00:00:07")).HeartbeatTimeout);

    [Fact]
    public void Read_FormerNameOfMaxFailures_IsAccepted() => Assert.Equal(5, Read(("MostFailures", "5")).MaxFailures);

    [Fact]
    public void Read_BothNames_NewNameTakesPrecedence() => Assert.Equal(7, Read(("MostFailures", "5"), ("MaxFailures", "7")).MaxFailures);

    [Fact]
    public void Read_FormerNameWithInvalidValue_ErrorHasTheNewName()
    {
        var error = Assert.Throws<UserErrorException>(() => Read(("Silence", "00:00:01")));

        Assert.Equal("Trainer:HeartbeatTimeout must be at least 5 seconds (it is 00:00:01): an attempt sends a heartbeat every 2 seconds.", error.Message);
    }

    [Fact]
    public void Read_EmptyValue_IsRefusedInsteadOfIgnored()
    {
        var error = Assert.Throws<UserErrorException>(() => Read(("Program", "")));

        Assert.StartsWith("Trainer:Program must be an existing file (it is '')", error.Message);
    }

    [Fact]
    public void Read_UnknownSettings_NamesEachAndTheNearest()
    {
        var error = Assert.Throws<UserErrorException>(() => Read(("MaxFailure", "0"), ("retryafter", "00:00:01"), ("Foo", "1")));

        Assert.Equal(
            [
                "Unknown setting 'Trainer:Foo'. Expected one of: "
                    + "ConcurrentRuns, Program, StopGrace, HeartbeatTimeout, MaxFailures, RetryAfter, MaxRetryAfter.",
                "Unknown setting 'Trainer:MaxFailure'. Did you mean 'MaxFailures'?",
            ],
            error.Message.Split('\n'));
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [InlineData("00:00:01")]
    [InlineData("1.00:00:01")]
    public void Read_MaxRetryAfterOutOfRange_IsRejected(string given)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(("MaxRetryAfter", given)));

        Assert.Equal($"Trainer:MaxRetryAfter must be between RetryAfter, 00:00:02, and 1 day (it is {given}).", error.Message);
    }

    [Fact]
    public void Retry_FromSettings_DoublesTheDelayUpToTheMaximum()
    {
        var retry = Read(("MaxFailures", "100"), ("RetryAfter", "00:00:03"), ("MaxRetryAfter", "00:00:20")).Retry;

        Assert.Equal(100, retry.MaxFailures);
        Assert.Equal([3, 3, 6, 12, 20, 20], new[] { 0, 1, 2, 3, 4, 99 }.Select(failures => retry.Delay(failures).TotalSeconds));
    }

    private static TrainerOptions Read(params (string Name, string Value)[] settings) => TrainerOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Trainer:{setting.Name}", (string?)setting.Value)))
            .Build());
}

using Cgh.Tests;

namespace Cgh.AppHost.Tests;

public sealed class GpusTests : IDisposable
{
    private readonly TemporaryFolder _devices = new();

    public void Dispose() => _devices.Dispose();

    [Fact]
    public void Visible_DeviceFiles_AreTheNumberedOnesInOrder()
    {
        foreach (var name in new[] { "nvidia10", "nvidia2", "nvidia0", "nvidiactl", "nvidia-uvm", "null" })
        {
            File.WriteAllText(_devices[name], "");
        }

        Assert.Equal(OperatingSystem.IsLinux() ? ["0", "2", "10"] : [], Gpus.Visible(listed: null, _devices.Path));
    }

    [Theory]
    [InlineData("1, 3", new[] { "1", "3" })]
    [InlineData("GPU-5e2f", new[] { "GPU-5e2f" })]
    [InlineData("", new string[0])]
    public void Visible_Listed_AreWhatTheUserLists(string listed, string[] expected)
    {
        File.WriteAllText(_devices["nvidia0"], "");

        Assert.Equal(expected, Gpus.Visible(listed, _devices.Path));
    }
}

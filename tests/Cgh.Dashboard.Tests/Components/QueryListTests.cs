using Cgh.Dashboard.Components;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class QueryListTests
{
    [Theory]
    [InlineData(null, "sgd", "sgd")]
    [InlineData("sgd", "rm3", "sgd,rm3")]
    [InlineData("sgd,rm3", "sgd", "rm3")]
    [InlineData("sgd", "sgd", null)]
    public void Toggle_Name_IsAddedOrRemoved(string? value, string name, string? expected) => Assert.Equal(expected, QueryList.Toggle(value, name));
}

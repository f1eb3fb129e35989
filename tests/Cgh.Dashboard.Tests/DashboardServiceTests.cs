using Cgh.Core;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Cgh.Dashboard.Tests;

public sealed class DashboardServiceTests
{
    [Fact]
    public void AddDashboard_UnknownSetting_NamesItAndTheNearest()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Dashboard:Recipe"] = "recipes";

        var error = Assert.Throws<UserErrorException>(builder.AddDashboard);

        Assert.Equal("Unknown setting 'Dashboard:Recipe'. Did you mean 'Recipes'?", error.Message);
        Assert.Equal(2, error.ExitCode);
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Cgh.Dashboard.Tests.Api;

/// <summary>The C# example of docs/api.md.</summary>
internal static class ApiExample
{
    /// <summary>Starts a recipe; returns the number of evaluations of each run so far.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> RunAsync(string address, string token, string path)
    {
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        using var recipe = new StringContent(await File.ReadAllTextAsync(path), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("api/experiments", recipe);
        var started = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        var experiment = await http.GetFromJsonAsync<JsonElement>($"api/experiments/{started}");
        var evaluations = new Dictionary<string, int>();
        foreach (var run in experiment.GetProperty("runs").EnumerateArray())
        {
            var name = run.GetProperty("spec").GetProperty("name").GetString()!;
            var curve = await http.GetFromJsonAsync<JsonElement>($"api/runs/{started}/{name}/curves/test");
            evaluations[name] = curve.GetProperty("rows").GetArrayLength();
        }

        return evaluations;
    }
}

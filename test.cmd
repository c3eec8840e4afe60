@echo off
dotnet build "%~dp0AutoDim.slnx" -c Release --nologo -v quiet || exit /b 1
dotnet "%~dp0test\AutoDim.Tests\bin\Release\net10.0\AutoDim.Tests.dll" %* || exit /b 1
dotnet "%~dp0test\AutoDim.Tests.Float64\bin\Release\net10.0\AutoDim.Tests.Float64.dll" %* || exit /b 1
